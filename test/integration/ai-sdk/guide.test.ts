import { readFileSync } from 'node:fs';
import type { UIMessage } from 'ai';
import type { ComponentType } from 'react';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendResponse } from 'stepstream/http';
import * as http from 'stepstream/http';
import * as stepstream from 'stepstream';
import * as timers from 'node:timers/promises';
import { compileFunction } from 'node:vm';
import { serve, type Server } from '../../http/serve.js';
import { sleep } from '../../support/sleep.js';
import { sdks, type Sdk } from './sdks.js';

const guide = readFileSync(new URL('../../../docs/guides/ai-sdk.md', import.meta.url), 'utf8');
const chapter = guide.slice(guide.indexOf('## Resume and Stop'), guide.indexOf('## What a message has'));

/** The first program in this language of the chapter, and what it exports. */
function load<T>(language: 'ts' | 'tsx', modules: Readonly<Record<string, unknown>>): T {
  const [, code] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(chapter)!;
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      jsx: ts.JsxEmit.React,
      experimentalDecorators: true,
    },
  });
  const exports = {};
  const require = (name: string): unknown => modules[name] ?? expect.unreachable(name);
  const program = compileFunction(outputText, ['exports', 'require', 'React']) as (...given: unknown[]) => void;
  program(exports, require, modules['react']);
  return exports as T;
}

interface Routes {
  ask(request: Request): Promise<Response>;
  resume(id: string): Promise<Response>;
  stop(id: string): Promise<Response>;
}

/** So slow that a test sees the middle of an answer on a busy machine, too. */
const slowly: typeof timers.setTimeout = (milliseconds, value, options) =>
  timers.setTimeout(4 * milliseconds!, value, options);

/** The routes of the guide behind a real server, which can break all its connections. */
async function serveRoutes() {
  const { ask, resume, stop } = load<Routes>('ts', {
    stepstream,
    'stepstream/http': http,
    'node:timers/promises': { setTimeout: slowly },
  });
  const open = new Set<{ destroy(): unknown }>();
  const log: string[] = [];
  const server: Server = await serve(async (req, res) => {
    open.add(res);
    log.push(`${req.method} ${req.url}`);
    const [, id = '', what] = /^\/api\/chat(?:\/([^/]+)\/(\w+))?$/.exec(req.url!)!;
    if (what === 'stream') return sendResponse(await resume(id), res);
    if (what === 'stop') return sendResponse(await stop(id), res);
    let body = '';
    for await (const piece of req.setEncoding('utf8')) body += piece;
    return sendResponse(await ask(new Request(server.url, { method: 'POST', body })), res);
  });
  return { server, log, cut: () => open.forEach((res) => res.destroy()) };
}

type ChatProps = { readonly id: string; readonly stored: readonly UIMessage[] };
const ANSWER = 'Once upon a time there was a fox.';

describe.each(sdks)('the page of the guide with $name', ({ skip, load: loadSdk }) => {
  describe.skipIf(skip)(skip ?? 'in front of its server', () => {
    const { fetch } = globalThis;
    let sdk: Sdk;
    let Chat: ComponentType<ChatProps>;
    let site: Awaited<ReturnType<typeof serveRoutes>>;

    beforeAll(async () => {
      sdk = await loadSdk();
      Object.assign(globalThis, { FormData: window.FormData });
      ({ Chat } = load<{ Chat: typeof Chat }>('tsx', { react: sdk.react, '@ai-sdk/react': sdk.hooks }));
      site = await serveRoutes();
      // What a browser does by itself: an address without a host is one of the page's own.
      globalThis.fetch = (input, init) => fetch(new URL(input as string, site.server.url), init);
    });
    afterAll(async () => {
      globalThis.fetch = fetch;
      await site.server[Symbol.asyncDispose]();
    });

    /** Opens the page, and lets a test do and see what its reader does and sees. */
    function open(id: string, stored: readonly UIMessage[] = []) {
      const element = document.body.appendChild(document.createElement('div'));
      const root = sdk.dom.createRoot(element);
      const { act, createElement, StrictMode } = sdk.react;
      // As Next.js does while one develops: every effect runs twice, that which asks to go on too.
      act(() => root.render(createElement(StrictMode, null, createElement(Chat, { id, stored }))));
      const button = (name: string) => [...element.querySelectorAll('button')].find((one) => one.textContent === name)!;
      const articles = () => [...element.querySelectorAll('article')].map((one) => one.textContent);
      const click = (name: string) => act(async () => button(name).click());
      return {
        articles,
        click,
        alert: () => element.querySelector('[role=alert]')?.textContent ?? '',
        busy: () => element.querySelector('main')!.getAttribute('aria-busy') === 'true',
        async say(text: string) {
          element.querySelector('input')!.value = text;
          await click('Send');
        },
        async until(looks: () => boolean) {
          for (const deadline = Date.now() + 10_000; !looks(); await act(() => sleep(2)))
            if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(articles())}`);
        },
        async leave() {
          await act(async () => root.unmount());
          element.remove();
        },
      };
    }

    const stored = (id: string): UIMessage => ({ id, role: 'user', parts: [{ type: 'text', text: 'a fox' }] });

    it('answers word by word', async () => {
      const page = open('chat-1');
      await page.until(() => !page.busy());
      await page.say('a fox');
      await page.until(() => page.articles().at(-1)!.startsWith('Once'));
      expect(page.articles().at(-1)!.length).toBeLessThan(ANSWER.length);
      await page.until(() => !page.busy());
      expect(page.articles()).toEqual(['a fox', ANSWER]);
      await page.leave();
    });

    it('goes on where it was loaded anew, and where its connection broke', async () => {
      const page = open('chat-2');
      await page.say('a fox');
      await page.until(() => page.articles().at(-1)!.startsWith('Once'));
      await page.leave();
      site.cut();
      const again = open('chat-2', [stored('q')]);
      await again.until(() => again.articles().at(-1)?.includes('time') ?? false);
      site.cut();
      await again.until(() => again.alert() !== '');
      await again.click('Go on');
      await again.until(() => again.articles().at(-1) === ANSWER);
      await again.until(() => !again.busy());
      expect([again.articles(), again.alert()]).toEqual([['a fox', ANSWER], '']);
      await again.leave();
    });

    it('stops, and says no more', async () => {
      const page = open('chat-3');
      await page.say('a fox');
      await page.until(() => page.articles().at(-1)!.startsWith('Once'));
      await page.click('Stop');
      await page.until(() => !page.busy());
      expect(site.log.at(-1)).toBe('POST /api/chat/chat-3/stop');
      const said = page.articles().at(-1)!;
      expect(ANSWER.startsWith(said) && said !== ANSWER).toBe(true);
      await sleep(200);
      expect([page.articles(), page.alert()]).toEqual([['a fox', said], '']);
      await page.leave();
    });
  });
});
