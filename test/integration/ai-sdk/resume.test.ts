import { beforeAll, describe, expect, it } from 'vitest';
import type { UIMessage } from 'ai';
import { Pipeline, Step, Streaming, suspend, type Checkpoint, type Ctx } from 'stepstream';
import { Endless } from '../../http/bots.js';
import { sleep } from '../../support/sleep.js';
import { ChatPage } from './chat-page.js';
import { ChatServer } from './chat-server.js';
import { lastText } from './read-chat.js';
import { sdks, type Sdk } from './sdks.js';

/** Says the numbers up to 40, in its own time. */
class Counter extends Pipeline<object> {
  @Step({ to: 'respond' })
  begin({ emit }: Ctx<this>) {
    emit('began');
  }

  @Streaming()
  async *respond() {
    for (let made = 1; made <= 40; made++) {
      yield `${made} `;
      await sleep(5);
    }
  }
}

const ALL = Array.from({ length: 40 }, (_, index) => `${index + 1} `).join('');

class Transfer extends Pipeline<{ amount: string }> {
  static readonly pipeline = { name: 'transfer' };

  @Streaming({ to: 'approve' })
  async *prepare({ state }: Ctx<this>) {
    yield `${state.amount} are ready. `;
  }

  @Step({ to: 'pay' })
  approve({ state }: Ctx<this>) {
    return suspend<boolean>({ question: `Pay ${state.amount}?` });
  }

  @Streaming()
  async *pay({ input }: Ctx<this, boolean>) {
    yield input ? 'Paid.' : 'Not paid.';
  }
}

/** A server that asks before it pays: the answer comes in the body of the next request. */
function transferServer(keepsMessage: boolean) {
  const bot = new Transfer();
  const checkpoints = new Map<string, Checkpoint>();
  return new ChatServer(
    (chat, options) => {
      const checkpoint = checkpoints.get(chat.id);
      if (checkpoint) return bot.resume(checkpoint, { approve: chat['approve'] as boolean }, options);
      const run = bot.run({ amount: lastText(chat) }, options);
      run.once('run-end', (end) => end.checkpoint && checkpoints.set(chat.id, end.checkpoint));
      return run;
    },
    (_chat, run) => (keepsMessage ? { messageId: run.id } : {}),
  ).listen();
}

describe.each(sdks)('a stream that useChat of $name goes on with', ({ skip, load }) => {
  describe.skipIf(skip)(skip ?? 'after it was broken', () => {
    let sdk: Sdk;
    beforeAll(async () => {
      sdk = await load();
    });

    const counting = () => new ChatServer((_chat, options) => new Counter().run({}, options)).listen();

    it('has lost and doubled nothing when resumeStream() goes on with a connection that broke', async () => {
      await using server = await counting();
      await using page = new ChatPage(sdk, server.url);
      await page.do((chat) => chat.sendMessage({ text: 'count' }));
      await page.until(() => page.shown.at(-1)!.includes('5 '));
      server.cut();
      await page.settled();
      expect(page.status).toBe('error');
      const partial = page.articles[1];
      expect(`assistant: ${ALL}`.startsWith(partial) && !partial.includes('40')).toBe(true);
      await page.do((chat) => chat.resumeStream());
      await page.until(() => page.status === 'streaming');
      await page.settled();
      expect([page.status, page.alert]).toEqual(['ready', '']);
      expect(page.articles).toEqual(['user: count', `assistant: ${ALL}`]);
      expect(page.parts('data-began')).toHaveLength(1);
      expect(page.parts('data-step').map(({ data }) => data)).toMatchObject([{ status: 'done' }, { status: 'done' }]);
      expect(page.shown.every((text) => ALL.startsWith(text))).toBe(true);
    });

    it('has lost and doubled nothing after reloads in the middle, with `resume`', async () => {
      await using server = await counting();
      let stored: UIMessage[];
      {
        await using page = new ChatPage(sdk, server.url, { id: 'chat-1' });
        await page.do((chat) => chat.sendMessage({ text: 'count' }));
        await page.until(() => page.shown.at(-1)!.includes('5 '));
        // Until an answer has ended a server has stored the question alone.
        stored = page.messages.slice(0, 1);
      }
      server.cut();
      for (const upTo of ['10 ', '20 ']) {
        await using page = new ChatPage(sdk, server.url, { id: 'chat-1', messages: stored, resume: true });
        await page.until(() => page.shown.at(-1)!.includes(upTo));
        expect(page.articles).toHaveLength(2);
        server.cut();
      }
      await using page = new ChatPage(sdk, server.url, { id: 'chat-1', messages: stored, resume: true });
      await page.until(() => page.shown.at(-1) === ALL);
      await page.settled();
      expect(page.articles).toEqual(['user: count', `assistant: ${ALL}`]);
      expect(page.messages[1].id).toBe(server.last.get('chat-1')!.id);
      expect(server.log.filter((line) => line === 'GET /api/chat/chat-1/stream 200')).toHaveLength(3);
    });

    it('is the same message again when the answer had ended before the reload', async () => {
      await using server = await counting();
      let stored: UIMessage[];
      {
        await using page = new ChatPage(sdk, server.url, { id: 'chat-1' });
        await page.ask('count');
        stored = page.messages;
      }
      let finished = 0;
      const onFinish = () => finished++;
      await using page = new ChatPage(sdk, server.url, { id: 'chat-1', messages: stored, resume: true, onFinish });
      await page.until(() => finished === 1);
      await page.settled();
      expect(page.articles).toEqual(['user: count', `assistant: ${ALL}`]);
      expect(page.messages).toEqual(stored);
    });

    it('is none where there is nothing to go on with: 204', async () => {
      await using server = await counting();
      await using page = new ChatPage(sdk, server.url, { id: 'new chat', resume: true });
      await page.until(() => server.log.length > 0);
      await page.settled();
      expect(server.log).toEqual(['GET /api/chat/new%20chat/stream 204']);
      expect([page.status, page.alert, page.messages]).toEqual(['ready', '', []]);
    });

    it('is only left by stop(), and ended by a request of its own', async () => {
      const bot = new Endless('word ', () => sleep(2));
      await using server = await new ChatServer((_chat, options) => bot.run({}, options)).listen();
      await using page = new ChatPage(sdk, server.url, { id: 'chat-1' });
      await page.do((chat) => chat.sendMessage({ text: 'hello' }));
      await page.until(() => page.shown.at(-1)!.length > 20);
      await page.do((chat) => chat.stop());
      await page.settled();
      const { made } = bot;
      await sleep(20);
      expect(bot.made).toBeGreaterThan(made);
      await page.do((chat) => chat.resumeStream());
      await page.until(() => page.status === 'streaming');
      await page.do(() => fetch(`${server.url}api/chat/chat-1/stop`, { method: 'POST' }));
      await page.settled();
      expect([page.status, page.alert]).toEqual(['ready', '']);
      expect(bot.finished).toBe(1);
      const { status, text } = await server.last.get('chat-1')!.result;
      expect(status).toBe('cancelled');
      expect(page.articles[1]).toBe(`assistant: ${text}`);
    });

    it('asks, and goes on with the answer of the next request as a message of its own', async () => {
      await using server = await transferServer(false);
      await using page = new ChatPage(sdk, server.url, { id: 'chat-1' });
      await page.ask('5');
      expect(page.articles).toEqual(['user: 5', 'assistant: 5 are ready. ']);
      expect(page.parts('data-ask')).toEqual([
        {
          type: 'data-ask',
          id: 'ask:approve',
          data: { step: 'approve', key: 'approve', ask: { question: 'Pay 5?' } },
        },
      ]);
      await page.do((chat) => chat.sendMessage({ text: 'yes' }, { body: { approve: true } }));
      await page.settled();
      expect(page.articles).toEqual(['user: 5', 'assistant: 5 are ready. ', 'user: yes', 'assistant: Paid.']);
      const { id } = server.last.get('chat-1')!;
      expect(page.messages.map((message) => message.id)).toEqual([
        expect.any(String),
        id,
        expect.any(String),
        `${id}#2`,
      ]);
      // A reload finds that message, too.
      const stored = page.messages.slice(0, 3);
      await using later = new ChatPage(sdk, server.url, { id: 'chat-1', messages: stored, resume: true });
      await later.until(() => later.messages.length === 4);
      await later.settled();
      expect(later.messages).toEqual(page.messages);
    });

    it('asks, and goes on within the same message when it is told the id of that', async () => {
      await using server = await transferServer(true);
      await using page = new ChatPage(sdk, server.url, { id: 'chat-1' });
      await page.ask('5');
      await page.do((chat) => chat.sendMessage(undefined, { body: { approve: false } }));
      await page.until(() => page.articles.at(-1)!.includes('aid'));
      await page.settled();
      expect(page.articles).toEqual(['user: 5', 'assistant: 5 are ready. Not paid.']);
      expect(page.parts('data-step').map(({ id, data }) => [id, (data as { status: string }).status])).toEqual([
        ['step:prepare', 'done'],
        ['step:approve', 'done'],
        ['step:pay', 'done'],
      ]);
    });
  });
});
