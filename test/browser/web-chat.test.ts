import { mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { toMermaid } from 'stepstream/mermaid';
import type { Page } from 'playwright-core';
import { Conversations } from '../../examples/web-chat/conversations.js';
import { WebChat } from '../../examples/web-chat/web-chat.js';
import { readmeBlock } from '../examples/readme-block.js';
import { cuttingProxy } from '../integration/client/cutting-proxy.js';
import { chromiumPath, launchChromium } from './launch-chromium.js';
import { startScriptedModel } from './scripted-model.js';
import { startWebChat } from './start-web-chat.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Artefacts, to be looked at. */
const shots = `${root}coverage/screenshots/`;
mkdirSync(shots, { recursive: true });

// On a machine without one there is nothing to test with; CI installs one, and there it must be.
if (chromiumPath === undefined && process.env.CI) throw new Error('There is no Chromium on this machine.');
if (chromiumPath === undefined) process.stderr.write('Skipped: no Chromium here (CHROMIUM_PATH says where one is).\n');

/** The example with a model that the test dictates, and a page that is open. */
async function open(options: Parameters<typeof launchChromium>[0] = {}) {
  const model = await startScriptedModel();
  const app = await startWebChat({ OPENAI_API_KEY: 'test', OPENAI_BASE_URL: model.baseURL });
  const browser = await launchChromium(options);
  const { context } = browser;
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(app.url);
  await page.locator('#steps li').first().waitFor();
  const close = async (): Promise<void> => {
    for (const part of [browser, app, model]) await part[Symbol.asyncDispose]();
  };
  return { model, app, page, context, errors, [Symbol.asyncDispose]: close };
}

/** What the browser's own client has heard. */
interface Heard {
  readonly ids: readonly number[];
  readonly text: string;
  readonly opened: number;
  readonly closed: boolean;
}

async function ask(page: Page, question: string): Promise<void> {
  await page.getByLabel('Your question').fill(question);
  await page.keyboard.press('Enter');
}

const answers = (page: Page) => page.locator('article[data-role=assistant]');
const stateOf = (page: Page, step: string) => page.locator(`[data-step=${step}]`).getAttribute('data-status');
/** Polls until it is so: what comes over the network comes when it comes. */
const soon = <T>(get: () => Promise<T>) => expect.poll(get, { timeout: 10_000, interval: 20 });

describe.skipIf(chromiumPath === undefined)('examples/web-chat in a browser', () => {
  it('shows an answer word by word, while the steps light up', async () => {
    await using chat = await open({ colorScheme: 'light', viewport: { width: 1200, height: 760 } });
    const { page, model } = chat;
    await ask(page, 'What is a step?');
    const request = await model.next();
    expect(request.messages[0].content).toContain('A step is a method with a decorator');
    expect(request.messages.at(-1)).toEqual({ role: 'user', content: 'What is a step?' });
    let text = '';
    for (const word of ['A ', 'step ', 'is ', 'a ', 'method.']) {
      request.say(word);
      text += word;
      // Each is on the page before the next is said.
      await soon(() => answers(page).last().locator('div').textContent()).toBe(text);
    }
    expect(await Promise.all(['read', 'recall', 'lookUp', 'respond', 'suggest'].map((s) => stateOf(page, s)))).toEqual([
      ...['done', 'done', 'done', 'running', 'waiting'],
    ]);
    expect(await page.getByRole('button', { name: 'Stop' }).isVisible()).toBe(true);
    await page.screenshot({ path: `${shots}answering-light.png` });
    request.end();
    await soon(() => stateOf(page, 'suggest')).toBe('done');
    await soon(() => page.getByRole('button', { name: 'Send' }).isVisible()).toBe(true);
    expect(await page.locator('#suggestions button').allTextContents()).toEqual([
      'What happens when I press Stop?',
      'And when I reload?',
    ]);
    expect(chat.errors).toEqual([]);
  });

  it('stops by the button: the request to the provider is broken off, and what was said stays', async () => {
    await using chat = await open();
    const { page, model } = chat;
    await ask(page, 'Tell me a long story.');
    const request = await model.next();
    request.say('Once upon ');
    await soon(() => answers(page).last().locator('div').textContent()).toBe('Once upon ');
    await page.getByRole('button', { name: 'Stop' }).click();
    await request.aborted;
    await soon(() => answers(page).last().textContent()).toBe('Once upon Stopped.');
    await soon(() => stateOf(page, 'respond')).toBe('cancelled');
    // The conversation goes on, and the next request has the half answer.
    await ask(page, 'And then?');
    const next = await model.next();
    expect(next.messages.slice(1).map(({ content }) => content)).toEqual([
      'Tell me a long story.',
      'Once upon ',
      'And then?',
    ]);
    next.say('The end.');
    next.end();
    await soon(() => answers(page).last().textContent()).toBe('The end.');
    await page.reload();
    await soon(() => page.locator('article').allTextContents()).toEqual([
      ...['Tell me a long story.', 'Once upon Stopped.', 'And then?', 'The end.'],
    ]);
  });

  it('stops by the keyboard', async () => {
    await using chat = await open();
    const { page, model } = chat;
    await ask(page, 'Count.');
    const request = await model.next();
    request.say('One ');
    await soon(() => answers(page).last().locator('div').textContent()).toBe('One ');
    await page.keyboard.press('Escape');
    await request.aborted;
    await soon(() => answers(page).last().textContent()).toBe('One Stopped.');
  });

  it('goes on after a reload in the middle of an answer: nothing is lost or doubled', async () => {
    await using chat = await open({ colorScheme: 'dark', viewport: { width: 1200, height: 760 } });
    const { page, model } = chat;
    await ask(page, 'Count.');
    const request = await model.next();
    let text = '';
    const words = Array.from({ length: 40 }, (_, n) => `${n + 1} `);
    for (const [n, word] of words.entries()) {
      request.say(word);
      text += word;
      if (n % 10 === 4) {
        await soon(() => answers(page).last().locator('div').textContent()).toBe(text);
        await page.reload();
        await soon(() => answers(page).last().locator('div').textContent()).toBe(text);
        expect(await stateOf(page, 'respond')).toBe('running');
      }
      // One that is said while the page is away.
      if (n % 10 === 7) void page.reload();
    }
    await soon(() => answers(page).last().locator('div').textContent()).toBe(text);
    await page.screenshot({ path: `${shots}reloaded-dark.png` });
    request.end();
    await soon(() => page.getByRole('button', { name: 'Send' }).isVisible()).toBe(true);
    expect(await answers(page).allTextContents()).toEqual([words.join('')]);
    await page.reload();
    await soon(() => answers(page).allTextContents()).toEqual([words.join('')]);
  });

  it('goes on after the connection was cut, again and again', async () => {
    await using chat = await open();
    const { page, model, app } = chat;
    await using proxy = await cuttingProxy(app.url);
    await page.goto(proxy.url);
    await ask(page, 'Count.');
    const request = await model.next();
    let text = '';
    for (const word of ['One ', 'two ', 'three ', 'four.']) {
      request.say(word);
      text += word;
      await soon(() => answers(page).last().locator('div').textContent()).toBe(text);
      proxy.cut();
      request.say('(unheard) ');
      text += '(unheard) ';
    }
    request.end();
    await soon(() => answers(page).last().textContent()).toBe(text);
    await soon(() => page.getByRole('button', { name: 'Send' }).isVisible()).toBe(true);
  });

  it('is read by the browser’s own EventSource too, which comes back with the last id', async () => {
    await using chat = await open();
    const { page, model, app } = chat;
    await using proxy = await cuttingProxy(app.url);
    await page.goto(proxy.url);
    await ask(page, 'Count.');
    const request = await model.next();
    await soon(() => page.locator('#status').textContent()).toBe('Answering …');
    await page.evaluate(`(async () => {
      const { runId } = await (await fetch('/conversation')).json();
      const heard = (window.heard = { ids: [], text: '', opened: 0, closed: false });
      const source = new EventSource('/runs/' + runId);
      source.onopen = () => heard.opened++;
      for (const type of ['run-start', 'step-start', 'step-end', 'join', 'token', 'usage', 'run-end'])
        source.addEventListener(type, (event) => {
          heard.ids.push(Number(event.lastEventId));
          if (type === 'token') heard.text += JSON.parse(event.data).value;
        });
      // After the end it asks once more, is told by 204 that there is nothing, and stays closed.
      source.onerror = () => (heard.closed = source.readyState === EventSource.CLOSED);
    })()`);
    const heard = () => page.evaluate<Heard>('window.heard');
    let text = '';
    for (const word of ['One ', 'two.']) {
      request.say(word);
      text += word;
      await soon(async () => (await heard()).text).toBe(text);
      proxy.cut();
    }
    request.end();
    await soon(async () => (await heard()).closed).toBe(true);
    const { ids, opened } = await heard();
    expect(ids).toEqual(ids.map((_, n) => n + 1));
    expect(opened).toBeGreaterThan(1);
  });

  it('says that it has failed, and not why inside the server', async () => {
    await using chat = await open();
    const { page, model } = chat;
    await ask(page, 'Break.');
    const request = await model.next();
    request.say('Half');
    // The provider ends without a word.
    await soon(() => answers(page).last().locator('div').textContent()).toBe('Half');
    await model[Symbol.asyncDispose]();
    await soon(() => answers(page).last().textContent()).toMatch(/^HalfIt has failed: /);
    expect(await answers(page).last().textContent()).not.toMatch(/node_modules|\.ts:|127\.0\.0\.1/);
  });

  it('belongs to its visitor: another one can neither read nor stop it', async () => {
    await using chat = await open();
    const { page, model, app } = chat;
    await ask(page, 'Mine.');
    const request = await model.next();
    request.say('Yours alone.');
    await soon(() => answers(page).last().locator('div').textContent()).toBe('Yours alone.');
    const { runId } = await page.evaluate<{ runId: string }>('fetch("/conversation").then((r) => r.json())');
    const other = await fetch(`${app.url}/conversation`);
    const cookie = other.headers.get('set-cookie')!.split(';')[0];
    for (const method of ['GET', 'DELETE']) {
      expect((await fetch(`${app.url}/runs/${runId}`, { method, headers: { cookie } })).status).toBe(404);
      expect((await fetch(`${app.url}/runs/${runId}`, { method })).status).toBe(401);
    }
    request.end();
    await soon(() => answers(page).allTextContents()).toEqual(['Yours alone.']);
  });

  it('is open in two tabs: one that asks while the other is answered shows that answer, and keeps its question', async () => {
    await using chat = await open();
    const { page, model, context, app } = chat;
    const other = await context.newPage();
    await other.goto(app.url);
    await other.locator('#steps li').first().waitFor();
    await ask(page, 'First.');
    const request = await model.next();
    request.say('One ');
    await ask(other, 'Second.');
    await soon(() => other.locator('article').allTextContents()).toEqual(['First.', 'One ']);
    expect(await other.getByLabel('Your question').inputValue()).toBe('Second.');
    expect(await other.locator('#status').textContent()).toBe('One question after the other.');
    request.say('two.');
    request.end();
    for (const tab of [page, other])
      await soon(() => tab.locator('article').allTextContents()).toEqual(['First.', 'One two.']);
    // Now it may ask, of the same conversation.
    await soon(() => other.getByRole('button', { name: 'Send' }).isVisible()).toBe(true);
    await other.getByRole('button', { name: 'Send' }).click();
    const second = await model.next();
    expect(second.messages.slice(1).map(({ content }) => content)).toEqual(['First.', 'One two.', 'Second.']);
    // The button that had the focus is gone, and the focus is not lost with it.
    expect(await other.evaluate('document.activeElement.id')).toBe('question');
    expect(await other.getByRole('article', { name: 'You' }).allTextContents()).toEqual(['First.', 'Second.']);
    second.end();
    await soon(() => other.getByRole('article', { name: 'Answer' }).count()).toBe(2);
  });

  it('can be stopped before anything is known of the run', async () => {
    await using chat = await open();
    const { page } = chat;
    let goOn!: () => void;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    await page.route('**/chat', async (route) => {
      await held;
      await route.continue();
    });
    await ask(page, 'Never mind.');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    goOn();
    await soon(() => answers(page).last().textContent()).toBe('Stopped.');
    await soon(() => page.getByRole('button', { name: 'Send' }).isVisible()).toBe(true);
    expect(chat.app.stderr).toBe('');
  });

  it('is usable on a phone and by the keyboard alone', async () => {
    await using chat = await open({ viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true });
    const { page, model } = chat;
    await page.getByLabel('Your question').focus();
    await page.keyboard.type('What is a step?\n');
    const request = await model.next();
    request.say('A method. '.repeat(30));
    request.end();
    await soon(() => page.locator('#suggestions button').count()).toBe(2);
    // Nothing is wider than the screen.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.screenshot({ path: `${shots}phone.png` });
    // Backwards from the question to the suggestions, and one of them is asked.
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    expect((await model.next()).messages.at(-1)!.content).toBe('And when I reload?');
  });

  it('ends with its server in peace', async () => {
    await using chat = await open();
    const { page, model, app } = chat;
    await ask(page, 'Quick.');
    const request = await model.next();
    request.say('So ');
    await soon(() => answers(page).last().locator('div').textContent()).toBe('So ');
    const stopped = app.stop();
    request.say('it goes.');
    request.end();
    await soon(() => answers(page).last().textContent()).toBe('So it goes.');
    expect(await stopped).toBe(0);
    expect(app.stderr).toBe('');
  });
});

describe('examples/web-chat without a browser', () => {
  it('has a README that says how to start it, and shows its graph', () => {
    expect(readmeBlock('web-chat', 'mermaid')).toBe(`${toMermaid(WebChat).trimEnd()}\n`);
    expect(readmeBlock('web-chat', 'sh')).toBe('npm run start:web-chat\n');
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> };
    expect(scripts['start:web-chat']).toBe('tsx examples/web-chat/main.ts');
  });

  it('forgets the visitor that has not been here for longest', () => {
    const conversations = new Conversations(2);
    const [first, second] = [conversations.admit(), conversations.admit()];
    conversations.find(first);
    const visitors = [first, second, conversations.admit()];
    expect(visitors.map((visitor) => conversations.find(visitor) !== undefined)).toEqual([true, false, true]);
  });

  it('refuses what is no question, before anything begins', async () => {
    await using app = await startWebChat({});
    const opened = await fetch(`${app.url}/conversation`);
    expect(await opened.json()).toMatchObject({ messages: [], note: expect.stringContaining('a mock answers') });
    const cookie = opened.headers.get('set-cookie')!.split(';')[0];
    const json = { 'content-type': 'application/json' };
    const post = async (body: string, headers: Record<string, string> = { cookie, ...json }) => {
      const response = await fetch(`${app.url}/chat`, { method: 'POST', body, headers });
      const { error } = (await response.json()) as { error: { message: string } };
      return `${response.status} ${error.message}`;
    };
    expect(await post('{"question":"hi"}', {})).toBe('401 Open the page first.');
    expect(await post('{"question":')).toBe('400 This is no JSON object.');
    for (const body of ['{}', '{"question":7}', '{"question":"  "}', JSON.stringify({ question: 'x'.repeat(4001) })])
      expect(await post(body)).toBe('400 A question has between 1 and 4000 characters.');
    expect(await post(JSON.stringify({ question: 'x'.repeat(100_000) }))).toBe('413 At most 4000 characters.');
    expect((await fetch(`${app.url}/%2e%2e/package.json`)).status).toBe(404);
    expect((await fetch(`${app.url}/%zz`)).status).toBe(404);
    expect((await fetch(`${app.url}//`)).status).toBe(404);
    // What a form of another page can send is no question of this one.
    expect(await post('{"question":"hi"}', { cookie, 'content-type': 'text/plain' })).toBe('415 A question is JSON.');
    expect((await fetch(app.url)).headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    // One who leaves while asking is no mistake of the server.
    const left = request(`${app.url}/chat`, { method: 'POST', headers: { cookie, ...json, 'content-length': 100 } });
    left.on('error', () => undefined);
    await new Promise<void>((resolve) => left.write('{"question":', () => resolve()));
    await sleep(50);
    left.destroy();
    expect(await app.stop()).toBe(0);
    expect(app.stderr).toBe('');
  });
});
