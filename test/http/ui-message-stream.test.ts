import { describe, expect, it } from 'vitest';
import { Pipeline, Step, Streaming, suspend, type AnyRun, type Ctx } from 'stepstream';
import { toResponse, type ResponseOptions } from 'stepstream/http';
import { sleep } from '../support/sleep.js';
import { Endless, Failing, Items, Outer, Retrier, Talker } from './bots.js';
import { dataOf, readSse } from './read-sse.js';
import { readUiMessage } from './read-ui-message.js';

const FORMAT = 'ui-message-stream';
const textOf = (run: AnyRun, options: ResponseOptions = {}): Promise<string> =>
  toResponse(run, { format: FORMAT, ...options }).text();

describe('the UI message stream', () => {
  it('is what the AI SDK documents: headers, parts and the end', async () => {
    const run = new Talker().run({ name: 'Ada' });
    const response = toResponse(run, { format: FORMAT, steps: false });
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-vercel-ai-ui-message-stream': 'v1',
    });
    const text = await response.text();
    expect(dataOf(text)).toEqual([
      { type: 'start', messageId: run.id },
      { type: 'start-step' },
      { type: 'text-start', id: 'respond:1' },
      { type: 'text-delta', id: 'respond:1', delta: 'Hello ' },
      { type: 'text-delta', id: 'respond:1', delta: 'Ada\n' },
      { type: 'text-delta', id: 'respond:1', delta: '€ 5' },
      { type: 'text-end', id: 'respond:1' },
      { type: 'finish-step' },
      { type: 'finish' },
    ]);
    expect(readSse(text).at(-1)).toEqual({ data: '[DONE]' });
  });

  it('shows what each step does, in one part a step', async () => {
    const message = readUiMessage(await textOf(new Talker().run({ name: 'Ada' })));
    expect(message.parts).toEqual([
      { type: 'step-start' },
      { type: 'data-step', id: 'step:prepare', data: { step: 'prepare', key: 'prepare', status: 'done' } },
      { type: 'data-step', id: 'step:respond', data: { step: 'respond', key: 'respond', status: 'done' } },
      { type: 'text', text: 'Hello Ada\n€ 5', state: 'done' },
    ]);
    expect(message).toMatchObject({ finished: true, errors: [], aborted: false });
  });

  it('has what a step emits, and what a suspended one asks, as data', async () => {
    class Asks extends Pipeline<object> {
      static readonly pipeline = { name: 'asks' };
      @Step() ask({ emit }: Ctx<this>) {
        emit('progress', { percent: 50 });
        emit('mark');
        return suspend({ question: 'really?' }, { expiresIn: 60_000 });
      }
    }
    const message = readUiMessage(await textOf(new Asks().run({}), { steps: false }));
    expect(message.parts).toEqual([
      { type: 'step-start' },
      { type: 'data-progress', data: { percent: 50 } },
      { type: 'data-mark', data: null },
      {
        type: 'data-ask',
        id: 'ask:ask',
        data: { step: 'ask', key: 'ask', ask: { question: 'really?' }, expiresAt: expect.any(Number) as number },
      },
    ]);
    expect(message.finished).toBe(true);
  });

  it('keeps what a step emits as the author says: in place, not at all, or as it comes', async () => {
    class Loads extends Pipeline<object> {
      @Streaming({ retry: 2 }) async *load({ emit, attempt }: Ctx<this>) {
        for (const percent of [0, 50, 100]) emit('progress', { percent });
        emit('log', 'in the server');
        emit('beat', attempt);
        emit('mark');
        yield `${attempt}`;
        if (attempt === 1) throw new Error('again');
      }
    }
    const customPart: ResponseOptions['customPart'] = ({ name, step }) => {
      if (name === 'progress') return { id: step };
      if (name === 'beat') return { transient: true };
      return name === 'log' ? false : undefined;
    };
    for (const options of [{ hold: true }, { resets: 'reset-step' }] as const) {
      const text = await textOf(new Loads().run({}), { steps: false, customPart, ...options });
      const message = readUiMessage(text);
      expect(message.parts).toEqual([
        { type: 'step-start' },
        { type: 'data-progress', id: 'load', data: { percent: 100 } },
        { type: 'data-mark', data: null },
        { type: 'data-mark', data: null },
        { type: 'text', text: '2', state: 'done' },
      ]);
      const beats = [1, 2].map((data) => ({ type: 'data-beat', data, transient: true }));
      expect(message.transient).toEqual(beats);
      expect(text).not.toContain('in the server');
    }
  });

  it('ends with an error where the author can not say how something stands', async () => {
    class Emits extends Pipeline<object> {
      @Step() go({ emit }: Ctx<this>) {
        emit('mark');
      }
    }
    const customPart = (): never => {
      throw new Error('a bug');
    };
    const message = readUiMessage(await textOf(new Emits().run({}), { customPart }));
    expect(message.errors).toEqual(['a bug']);
  });

  it('ends a failed run as an error, whose code and step come before it', async () => {
    const run = new Failing().run({});
    const message = readUiMessage(await textOf(run, { steps: false }));
    expect(message.parts).toEqual([{ type: 'step-start' }, { type: 'text', text: 'Hel', state: 'done' }]);
    expect(message.errors).toEqual(['Failing.respond: the model is down']);
    expect(message.transient).toEqual([
      {
        type: 'data-error',
        data: { code: 'STEP_FAILED', message: 'Failing.respond: the model is down', step: 'respond' },
        transient: true,
      },
    ]);
    expect(message.finished).toBe(false);
    await expect(run.result).rejects.toThrow();
  });

  it('ends a cancelled run as aborted', async () => {
    const run = new Endless('word ', () => sleep(1)).run({});
    const reading = textOf(run);
    setTimeout(() => void run.cancel(), 5);
    const message = readUiMessage(await reading);
    expect(message).toMatchObject({ aborted: true, finished: false, errors: [] });
    expect(message.parts.at(-1)).toMatchObject({ type: 'text', state: 'done' });
  });

  it('keeps the texts of parallel streams apart', async () => {
    class Two extends Pipeline<object> {
      @Step({ to: ['left', 'right'] }) begin() {}
      @Streaming() async *left() {
        for (const word of ['l1 ', 'l2 ']) {
          yield word;
          await sleep(1);
        }
      }
      @Streaming() async *right() {
        for (const word of ['r1 ', 'r2 ']) {
          yield word;
          await sleep(1);
        }
      }
    }
    const message = readUiMessage(await textOf(new Two().run({}), { steps: false }));
    expect(message.texts).toEqual(['l1 l2 ', 'r1 r2 ']);
  });
});

describe('text that stops counting in a UI message stream', () => {
  it('ends it with an error', async () => {
    const run = new Retrier().run({});
    const message = readUiMessage(await textOf(run));
    expect(message.errors).toEqual([expect.stringContaining('Tokens of "respond"')]);
    expect(message.transient).toMatchObject([{ data: { code: 'TOKENS_RESET', step: 'respond' } }]);
    expect((await run.result).status).toBe('cancelled');
  });

  it('is never sent with hold', async () => {
    const message = readUiMessage(await textOf(new Retrier().run({}), { hold: true }));
    expect(message).toMatchObject({ texts: ['Life is complex.'], errors: [], finished: true });
    expect(readUiMessage(await textOf(new Outer().run({}), { hold: true })).texts).toEqual(['right ', 'end']);
  });

  it('is taken back by reset-step, and what else counts stays', async () => {
    const read = async (run: AnyRun) => readUiMessage(await textOf(run, { resets: 'reset-step' }));
    expect(await read(new Retrier().run({}))).toMatchObject({ texts: ['Life is complex.'], finished: true });
    // A child that had ended well, with a text that is closed.
    const outer = await read(new Outer().run({}));
    expect(outer.texts).toEqual(['right ', 'end']);
    expect(outer.parts.map(({ type }) => type)).toContain('data-step');
    // Another item was in the middle of its text.
    const items = new Items().run({});
    expect([...(await read(items)).texts].sort()).toEqual(['a2 a! ', 'b1 b! ']);
    expect([...(await items.result).text].sort().join('')).toBe([...'a2 a! b1 b! '].sort().join(''));
  });
});
