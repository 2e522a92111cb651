import { beforeAll, describe, expect, it } from 'vitest';
import { Pipeline, Step, Streaming, type AnyRun, type Ctx } from 'stepstream';
import { toNodeResponse, type NodeOutcome, type ResponseOptions } from 'stepstream/http';
import { Endless, Failing, Retrier } from '../../http/bots.js';
import { serve } from '../../http/serve.js';
import { gate, type Gate } from '../../support/gate.js';
import { sleep } from '../../support/sleep.js';
import { ChatPage } from './chat-page.js';
import { lastText, readChat } from './read-chat.js';
import { sdks, type Sdk } from './sdks.js';

/** Serves what a run says to the last message of a chat. */
async function serveChat(start: (prompt: string, id: string) => AnyRun, options: ResponseOptions = {}) {
  const outcome = gate<NodeOutcome>();
  const server = await serve(async (req, res) => {
    const chat = await readChat(req);
    const run = start(lastText(chat), chat.id);
    outcome.open(await toNodeResponse(run, res, { format: 'ui-message-stream', ...options }));
  });
  return { server, url: server.url, outcome: outcome.promise };
}

/** Says a word each time that the test lets it. */
class Slow extends Pipeline<{ prompt: string }> {
  readonly gates: Gate<void>[];

  constructor(words: number) {
    super();
    this.gates = Array.from({ length: words }, () => gate());
  }

  @Step({ to: 'respond' })
  search({ emit }: Ctx<this>) {
    emit('source', { url: 'https://example.org' });
  }

  @Streaming()
  async *respond({ state }: Ctx<this>) {
    for (const [index, { promise }] of this.gates.entries()) {
      await promise;
      yield `${state.prompt}${index + 1} `;
    }
  }
}

class Loader extends Pipeline<object> {
  @Step()
  load({ emit }: Ctx<this>) {
    for (const percent of [0, 100]) emit('progress', { percent });
    emit('beat');
  }
}

class Echo extends Pipeline<{ prompt: string }> {
  @Streaming()
  async *respond({ state }: Ctx<this>) {
    for (const letter of state.prompt) {
      yield letter.toUpperCase();
      await sleep(1);
    }
  }
}

describe.each(sdks)('useChat of $name', ({ skip, major, load }) => {
  describe.skipIf(skip)(skip ?? 'with a run behind a real server', () => {
    let sdk: Sdk;
    beforeAll(async () => {
      sdk = await load();
    });

    it('shows a text part by part, the progress of each step in its place, and what steps emit', async () => {
      const bot = new Slow(3);
      const { server, url, outcome } = await serveChat((prompt) => bot.run({ prompt }));
      await using _server = server;
      await using page = new ChatPage(sdk, url);
      await page.do((chat) => chat.sendMessage({ text: 'w' }));
      await page.until(() => page.parts('data-step').length === 2);
      expect(page.parts('data-step').map(({ data }) => data)).toEqual([
        { step: 'search', key: 'search', status: 'done' },
        { step: 'respond', key: 'respond', status: 'running' },
      ]);
      for (const [index, { open }] of bot.gates.entries()) {
        expect(page.articles).toEqual(['user: w', `assistant: ${['', 'w1 ', 'w1 w2 '][index]}`]);
        expect(page.status).toBe('streaming');
        open();
        await page.until(() => page.shown.at(-1) === ['w1 ', 'w1 w2 ', 'w1 w2 w3 '][index]);
      }
      await page.settled();
      expect(page.articles).toEqual(['user: w', 'assistant: w1 w2 w3 ']);
      expect(new Set(page.shown)).toEqual(new Set(['', 'w1 ', 'w1 w2 ', 'w1 w2 w3 ']));
      expect([page.status, page.alert]).toEqual(['ready', '']);
      expect(page.messages.at(-1)!.parts).toEqual([
        { type: 'step-start' },
        { type: 'data-step', id: 'step:search', data: { step: 'search', key: 'search', status: 'done' } },
        { type: 'data-source', data: { url: 'https://example.org' } },
        { type: 'data-step', id: 'step:respond', data: { step: 'respond', key: 'respond', status: 'done' } },
        { type: 'text', text: 'w1 w2 w3 ', state: 'done' },
      ]);
      expect(await outcome).toBe('complete');
    });

    it('shows what a step emits in its place, or tells it and keeps it not, as the server says', async () => {
      const customPart: ResponseOptions['customPart'] = ({ name }) =>
        name === 'progress' ? { id: 'load' } : { transient: true };
      const { server, url } = await serveChat(() => new Loader().run({}), { customPart });
      await using _server = server;
      await using page = new ChatPage(sdk, url);
      await page.ask('load');
      expect(page.parts('data-progress')).toEqual([{ type: 'data-progress', id: 'load', data: { percent: 100 } }]);
      expect(page.parts('data-beat')).toEqual([]);
      const told = page.told.filter(({ type }) => type !== 'data-step').map(({ type, data }) => [type, data]);
      expect(told).toEqual([
        ['data-progress', { percent: 0 }],
        ['data-progress', { percent: 100 }],
        ['data-beat', null],
      ]);
    });

    it('shows an error in the middle: its text, what was said before, and its code and step', async () => {
      const runs: AnyRun[] = [];
      const { server, url } = await serveChat(() => {
        runs.push(new Failing().run({}));
        return runs[0];
      });
      await using _server = server;
      await using page = new ChatPage(sdk, url);
      await page.ask('hello');
      expect([page.status, page.alert]).toEqual(['error', 'Failing.respond: the model is down']);
      expect(page.articles).toEqual(['user: hello', 'assistant: Hel']);
      expect(page.messages.at(-1)!.parts.at(-1)).toEqual({ type: 'text', text: 'Hel', state: 'done' });
      expect(page.parts('data-step').at(-1)!.data).toEqual({ step: 'respond', key: 'respond', status: 'failed' });
      expect(page.told.at(-1)).toEqual({
        type: 'data-error',
        data: { code: 'STEP_FAILED', message: 'Failing.respond: the model is down', step: 'respond' },
        transient: true,
      });
      expect(JSON.stringify(page.messages)).not.toContain('data-error');
      await expect(runs[0].result).rejects.toThrow('the model is down');
    });

    it('stops the generator with stop(): finally has run, and what was said stays', async () => {
      const bot = new Endless('word ', () => sleep(2));
      const begun = gate<AnyRun>();
      const { server, url, outcome } = await serveChat(() => {
        const run = bot.run({});
        begun.open(run);
        return run;
      });
      await using _server = server;
      await using page = new ChatPage(sdk, url);
      await page.do((chat) => chat.sendMessage({ text: 'hello' }));
      await page.until(() => page.shown.at(-1)!.length > 20);
      await page.do((chat) => chat.stop());
      const stopped = Date.now();
      expect(await outcome).toBe('disconnected');
      expect((await (await begun.promise).result).status).toBe('cancelled');
      expect(Date.now() - stopped).toBeLessThan(2_000);
      expect(bot.finished).toBe(1);
      const { made } = bot;
      await page.settled();
      expect([page.status, page.alert]).toEqual(['ready', '']);
      expect(page.articles[1]).toMatch(/^assistant: (word ){5,}$/);
      await sleep(20);
      expect(bot.made).toBe(made);
    });

    it('has several turns in one chat, each with its own message', async () => {
      const { server, url } = await serveChat((prompt) => new Echo().run({ prompt }));
      await using _server = server;
      await using page = new ChatPage(sdk, url);
      for (const text of ['one', 'two', 'three']) await page.ask(text);
      const expected = [
        'user: one',
        'assistant: ONE',
        'user: two',
        'assistant: TWO',
        'user: three',
        'assistant: THREE',
      ];
      expect(page.articles).toEqual(expected);
      expect(new Set(page.messages.map(({ id }) => id)).size).toBe(6);
    });

    it('goes on after an error with the next turn, and regenerates an answer in its place', async () => {
      let turn = 0;
      const { server, url } = await serveChat((prompt) =>
        ++turn === 1 ? new Failing().run({}) : new Echo().run({ prompt: prompt + turn }),
      );
      await using _server = server;
      await using page = new ChatPage(sdk, url);
      await page.ask('a');
      expect(page.status).toBe('error');
      await page.do((chat) => chat.regenerate());
      await page.settled();
      expect(page.articles).toEqual(['user: a', 'assistant: A2']);
      await page.do((chat) => chat.regenerate());
      await page.settled();
      expect(page.articles).toEqual(['user: a', 'assistant: A3']);
    });

    it('keeps two chats apart that stream at the same time', async () => {
      const { server, url } = await serveChat((prompt, id) => new Echo().run({ prompt: `${id}${prompt}` }));
      await using _server = server;
      await using left = new ChatPage(sdk, url, { id: 'left' });
      await using right = new ChatPage(sdk, url, { id: 'right' });
      for (const page of [left, right]) await page.do((chat) => chat.sendMessage({ text: '-and-on' }));
      await left.settled();
      await right.settled();
      expect(left.articles).toEqual(['user: -and-on', 'assistant: LEFT-AND-ON']);
      expect(right.articles).toEqual(['user: -and-on', 'assistant: RIGHT-AND-ON']);
      expect(left.shown.every((text) => 'LEFT-AND-ON'.startsWith(text))).toBe(true);
    });

    it('ends as aborted, which is no error, when the run was cancelled elsewhere', async () => {
      const bot = new Endless('word ', () => sleep(2));
      const runs: AnyRun[] = [];
      const { server, url, outcome } = await serveChat(() => {
        runs.push(bot.run({}));
        return runs[0];
      });
      await using _server = server;
      await using page = new ChatPage(sdk, url);
      await page.do((chat) => chat.sendMessage({ text: 'hello' }));
      await page.until(() => page.shown.at(-1)!.length > 20);
      await runs[0].cancel();
      await page.settled();
      expect([page.status, page.alert, await outcome]).toEqual(['ready', '', 'complete']);
      expect(page.messages.at(-1)!.parts.at(-1)).toMatchObject({ type: 'text', state: 'done' });
    });

    it('shows a refusal by the server as the error of the chat', async () => {
      await using server = await serve((_req, res) => {
        res.writeHead(503, { 'content-type': 'application/json' });
        res.end('{"error":{"code":"DRAINING","message":"Come back later."}}');
      });
      await using page = new ChatPage(sdk, server.url);
      await page.ask('hello');
      expect(page.status).toBe('error');
      expect(page.alert).toContain('Come back later.');
    });

    describe('and a step that takes back what it has said', () => {
      const shaky = (options: ResponseOptions) => serveChat(() => new Retrier().run({}), options);

      it('shows only what counts with hold', async () => {
        const { server, url } = await shaky({ hold: true });
        await using _server = server;
        await using page = new ChatPage(sdk, url);
        await page.ask('hello');
        expect(page.articles[1]).toBe('assistant: Life is complex.');
        expect(page.shown.join('|')).not.toContain('Forty');
        expect(page.status).toBe('ready');
      });

      it('says honestly that it can not show that', async () => {
        const { server, url } = await shaky({});
        await using _server = server;
        await using page = new ChatPage(sdk, url);
        await page.ask('hello');
        expect([page.status, page.alert]).toEqual(['error', expect.stringContaining('stopped counting')]);
        expect(page.told.at(-1)).toMatchObject({ type: 'data-error', data: { code: 'TOKENS_RESET', step: 'respond' } });
        expect(page.articles[1]).toBe('assistant: Forty-');
      });

      it('takes it back on the page, where the client can do that', async () => {
        const bot = new Hesitant();
        const { server, url } = await serveChat(() => bot.run({}), { resets: 'reset-step' });
        await using _server = server;
        await using page = new ChatPage(sdk, url);
        await page.do((chat) => chat.sendMessage({ text: 'hello' }));
        await page.until(() => page.shown.at(-1) === 'First. Forty-');
        bot.shown.open();
        // React shows what holds for a while: nothing more is said until the page is without the half answer.
        if (major === 7) await page.until(() => page.shown.at(-1) === 'First. ');
        bot.again.open();
        await page.settled();
        if (major === 6) {
          // This version knows no such thing, and says so rather than double an answer.
          expect(page.status).toBe('error');
          expect(page.alert).toMatch(/Type validation failed/);
          return;
        }
        expect([page.status, page.alert]).toEqual(['ready', '']);
        expect(page.articles[1]).toBe('assistant: First. Life is complex.');
        expect(page.parts('data-step').map(({ data }) => data)).toMatchObject([{ status: 'done' }, { status: 'done' }]);
      });
    });
  });
});

/** Waits until its first attempt was seen, takes that back, and waits again before it speaks. */
class Hesitant extends Pipeline<object> {
  readonly shown = gate();
  readonly again = gate();

  @Streaming({ to: 'respond' })
  async *begin() {
    yield 'First. ';
  }

  @Streaming({ retry: 2 })
  async *respond({ attempt }: Ctx<this>) {
    if (attempt === 1) {
      yield 'Forty-';
      await this.shown.promise;
      throw new Error('the connection broke');
    }
    await this.again.promise;
    yield 'Life is complex.';
  }
}
