import { describe, expect, it } from 'vitest';
import { LateIteratorError, MisuseError, Pipeline, Step, Streaming, suspend, type RunEvent } from 'stepstream';
import { toResponse, type ResponseFormat, type ResponseOptions } from 'stepstream/http';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { sleep } from '../support/sleep.js';
import { Endless, Failing, Items, Outer, Retrier, Talker } from './bots.js';
import { dataOf, readSse } from './read-sse.js';

const linesOf = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

const ENDED = new Error('the run has ended');

describe('toResponse()', () => {
  it('sends the events themselves as server-sent events, each with its seq as id and its type as name', async () => {
    const run = new Talker().run({ name: 'Ada' }, { buffer: 100 });
    const response = toResponse(run);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    const text = await response.text();
    const told: RunEvent[] = [];
    for await (const event of run.events()) told.push(event);
    expect(dataOf(text)).toEqual(told);
    expect(readSse(text).map(({ id, event }) => [id, event])).toEqual(told.map(({ seq, type }) => [`${seq}`, type]));
    expect(told.at(-1)).toMatchObject({ type: 'run-end', status: 'success' });
  });

  it('sends one JSON object a line as ndjson', async () => {
    const run = new Talker().run({ name: 'Ada' }, { buffer: 100 });
    const response = toResponse(run, { format: 'ndjson' });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    const text = await response.text();
    const told: RunEvent[] = [];
    for await (const event of run.events()) told.push(event);
    expect(linesOf(text)).toEqual(told);
  });

  it('sends string tokens alone as text', async () => {
    const response = toResponse(new Talker().run({ name: 'Ada' }), { format: 'text' });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(await response.text()).toBe('Hello Ada\n€ 5');
  });

  it('leaves other tokens than strings out of a text', async () => {
    class Mixed extends Pipeline<object> {
      @Streaming() async *respond() {
        yield 'a';
        yield { b: 1 };
        yield 'c';
      }
    }
    expect(await toResponse(new Mixed().run({}), { format: 'text' }).text()).toBe('ac');
  });

  it("puts the author's headers before its own", async () => {
    const headers = { 'x-run': '7', 'Cache-Control': 'public' };
    const response = toResponse(new Talker().run({ name: 'Ada' }), { headers });
    expect(response.headers.get('x-run')).toBe('7');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    await response.body!.cancel();
  });

  it('sends only the types of events that were asked for, and always the end and what takes tokens back', async () => {
    const types = async (options: ResponseOptions): Promise<unknown[]> =>
      dataOf(await toResponse(new Retrier().run({}), options).text()).map((event) => (event as RunEvent).type);
    expect(await types({ types: ['token'] })).toEqual(['token', 'token-reset', 'token', 'token', 'run-end']);
    expect(await types({ types: ['step-retry'] })).toEqual(['step-retry', 'run-end']);
    expect(await types({ types: [] })).toEqual(['run-end']);
  });

  it('keeps state, listeners and the checkpoint to itself', async () => {
    class Asks extends Pipeline<{ secret: string }> {
      static readonly pipeline = { name: 'asks' };
      @Step() ask({ state }: { state: { secret: string } }) {
        state.secret += '!';
        return suspend('really?');
      }
    }
    const run = new Asks().run({ secret: 'SECRET' });
    run.on('run-start', () => {
      throw new Error('LISTENER');
    });
    const text = await toResponse(run).text();
    expect(text).not.toMatch(/SECRET|LISTENER|checkpoint|state-change|observer-error/);
    expect(dataOf(text).at(-1)).toMatchObject({ type: 'run-end', status: 'suspended' });
    const { checkpoint } = (await run.result) as { checkpoint?: unknown };
    expect(JSON.stringify(checkpoint)).toContain('SECRET!');
  });

  it('throws at once for a run whose first events are gone, before there is any header', async () => {
    const run = new Talker().run({ name: 'Ada' });
    await run.result;
    await sleep(5);
    expect(() => toResponse(run)).toThrow(LateIteratorError);
  });

  it('says in the stream that it can not go on, when somebody has closed its iterator', async () => {
    const run = new Talker().run({ name: 'Ada' });
    const events = run.events();
    const response = toResponse(Object.defineProperty(run, 'events', { value: () => events }));
    await events.return?.();
    const read = readSse(await response.text());
    expect(read.at(-1)!.event).toBe('stream-error');
    expect(JSON.parse(read.at(-1)!.data!)).toMatchObject({
      type: 'stream-error',
      error: { message: 'The events have ended before the run.' },
    });
  });

  it.each<ResponseOptions>([
    { format: 'xml' as ResponseFormat },
    { onDisconnect: 'stay' as 'detach' },
    { heartbeat: 0 },
    { heartbeat: Number.NaN },
    { heartbeat: 2 ** 31 },
    { hold: true },
    { format: 'ndjson', hold: true } as const,
    { format: 'text', types: [] } as const,
    { resets: 'reset-step' } as const,
    { format: 'ui-message-stream', resets: 'other' as 'error' } as const,
    { steps: false },
    { format: 'ndjson', messageId: 'one' } as const,
    { format: 'text', customPart: () => false } as const,
    { headers: { 'x-chat': '1\r\nset-cookie: stolen' } },
    { headers: { 'x chat': '1' } },
  ])('refuses options that make no sense, before anything is read, and leaves the run: %o', async (options) => {
    const run = new Talker().run({ name: 'Ada' });
    let thrown: unknown;
    try {
      toResponse(run, options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(MisuseError);
    expect((thrown as MisuseError).code).toBe('INVALID_RESPONSE_OPTION');
    // It would be paid for, and read by nobody.
    expect((await run.result).status).toBe('cancelled');
  });
});

describe('a failure on the wire', () => {
  const textOf = async (options: ResponseOptions): Promise<string> => {
    const run = new Failing().run({});
    const ended = run.result.catch(() => ENDED);
    const text = await toResponse(run, options).text();
    expect(await ended).toBe(ENDED);
    return text;
  };

  it.each(['sse', 'ndjson', 'ui-message-stream'] as const)('never has a stack or a cause: %s', async (format) => {
    const text = await textOf({ format });
    expect(text).toContain('the model is down');
    expect(text).not.toMatch(/SECRET-CAUSE|stack|\bat .*bots\.ts/);
  });

  it('is the last event, with its code, message and step', async () => {
    const [last] = dataOf(await textOf({})).slice(-1) as { type: string; status: string; error: object }[];
    expect(last).toMatchObject({ type: 'run-end', status: 'failed' });
    expect(Object.keys(last.error).sort()).toEqual(['attempt', 'code', 'message', 'name', 'step']);
    expect(last.error).toMatchObject({
      code: 'STEP_FAILED',
      message: 'Failing.respond: the model is down',
      step: 'respond',
    });
  });

  it('says what the author lets it say, wherever it stands', async () => {
    const describeError = () => ({ code: 'OOPS', message: 'Something went wrong.' });
    for (const format of ['sse', 'ndjson', 'ui-message-stream'] as const) {
      const text = await textOf({ format, describeError });
      expect(text).toContain('Something went wrong.');
      expect(text).not.toMatch(/model is down|MODEL_DOWN/);
    }
  });

  it('says nothing where what may be said can not be decided, and ends all the same', async () => {
    const describeError = (): never => {
      throw new Error('SECRET-BUG');
    };
    for (const format of ['sse', 'ndjson', 'ui-message-stream'] as const) {
      const text = await textOf({ format, describeError });
      expect(text).toContain('The run has failed.');
      expect(text).not.toMatch(/SECRET|model is down|MODEL_DOWN/);
    }
  });

  it('ends a stream with an event that can not be written, and cancels its run', async () => {
    class Odd extends Pipeline<object> {
      @Streaming() async *respond() {
        yield 'a';
        yield 'b';
        await sleep(1_000);
      }
    }
    const run = new Odd().run({});
    const broken = {
      toJSON: () => {
        throw new Error('no JSON');
      },
    };
    const events = run.events.bind(run);
    run.events = (options) => {
      const iterator = events(options);
      const next = iterator.next.bind(iterator);
      iterator.next = async () => {
        const read = await next();
        return read.value?.type === 'token' && read.value.value === 'b'
          ? { done: false, value: { ...read.value, value: broken } as never }
          : read;
      };
      return iterator;
    };
    const sent = readSse(await toResponse(run).text());
    expect(sent.at(-1)!.event).toBe('stream-error');
    expect(JSON.parse(sent.at(-1)!.data!)).toMatchObject({ error: { message: 'no JSON' } });
    expect((await run.result).status).toBe('cancelled');
  });

  it('of a run whose client has left ends nothing else: it is no unhandled rejection', async () => {
    class Late extends Pipeline<object> {
      @Streaming() async *respond() {
        yield 'first';
        await sleep(5);
        throw new Error('nobody reads this');
      }
    }
    const unhandled = await catchUnhandled(async () => {
      const { body } = toResponse(new Late().run({}), { onDisconnect: 'detach' });
      await body!.cancel();
      await sleep(20);
    });
    expect(unhandled).toEqual([]);
  });

  it('breaks a text off: what arrives whole is a whole answer', async () => {
    const run = new Failing().run({});
    const reader = toResponse(run, { format: 'text' }).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('Hel');
    await expect(reader.read()).rejects.toThrow('the model is down');
    await expect(run.result).rejects.toThrow('the model is down');
  });

  it('of a cancelled run is its end, and breaks a text off', async () => {
    const cancelled = (options: ResponseOptions): Promise<string> => {
      const run = new Endless('word ', () => sleep(1)).run({});
      const text = toResponse(run, options).text();
      setTimeout(() => void run.cancel(), 5);
      return text;
    };
    expect(dataOf(await cancelled({})).at(-1)).toMatchObject({ type: 'run-end', status: 'cancelled' });
    await expect(cancelled({ format: 'text' })).rejects.toThrow(/cancelled/);
  });
});

describe('tokens that stop counting', () => {
  it('are taken back by an event of ours', async () => {
    for (const format of ['sse', 'ndjson'] as const) {
      const text = await toResponse(new Retrier().run({}), { format }).text();
      const events = (format === 'sse' ? dataOf(text) : linesOf(text)) as RunEvent[];
      const reset = events.find((event) => event.type === 'token-reset')!;
      const counted = events.flatMap((event) =>
        event.type === 'token' && (event.seq < reset.from || event.seq > reset.to) ? [event.value] : [],
      );
      expect(counted).toEqual(['Life ', 'is complex.']);
    }
  });

  it('break a text off, and cancel its run', async () => {
    const run = new Retrier().run({});
    const reader = toResponse(run, { format: 'text' }).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('Forty-');
    await expect(reader.read()).rejects.toMatchObject({ code: 'TOKENS_RESET' });
    expect((await run.result).status).toBe('cancelled');
  });

  it('break a text off without cancelling a run that goes on alone', async () => {
    const run = new Retrier().run({});
    await expect(toResponse(run, { format: 'text', onDisconnect: 'detach' }).text()).rejects.toThrow(
      /stopped counting/,
    );
    expect(await run.result).toMatchObject({ status: 'success', text: 'Life is complex.' });
  });

  it('are never sent with hold', async () => {
    const held = (run: Parameters<typeof toResponse>[0]): Promise<string> =>
      toResponse(run, { format: 'text', hold: true }).text();
    expect(await held(new Retrier().run({}))).toBe('Life is complex.');
    expect(await held(new Outer().run({}))).toBe('right end');
    const items = new Items().run({});
    const text = await held(items);
    expect(text.split(' ').sort()).toEqual(['', 'a!', 'a2', 'b!', 'b1']);
    expect(text.length).toBe((await items.result).text.length);
  });

  it('are never sent with hold, and what counts is sent before the failure that ends it', async () => {
    const run = new Endless('word ', () => sleep(1)).run({});
    const reader = toResponse(run, { format: 'text', hold: true }).body!.getReader();
    const first = reader.read();
    setTimeout(() => void run.cancel(), 20);
    expect(new TextDecoder().decode((await first).value)).toMatch(/^(word )+$/);
    await expect(reader.read()).rejects.toThrow(/cancelled/);
  });
});

describe('silence', () => {
  it('is a comment every now and then, and none once something is said', async () => {
    const run = new Endless('word ', () => sleep(70)).run({});
    const reader = toResponse(run, { heartbeat: 20 }).body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!/event: token\n.*\n\n.*event: token\n/s.test(text)) text += (await reader.read()).value;
    const [, between] = /event: token\ndata: [^\n]*\n\n(.*?)id: /s.exec(text)!;
    expect(between).toMatch(/^(: hb\n\n)+$/);
    await reader.cancel();
    expect((await run.result).status).toBe('cancelled');
  });

  it('is silence where it was asked for, and in a format without comments', async () => {
    for (const options of [{ heartbeat: false }, { format: 'ndjson', heartbeat: 5 }] as const) {
      const run = new Endless('word ', () => sleep(30)).run({});
      const reader = toResponse(run, options).body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while ((text.match(/"type":"token"/g) ?? []).length < 2) text += (await reader.read()).value;
      expect(text).not.toContain(': hb');
      await reader.cancel();
    }
  });
});

describe('the pace of the client', () => {
  it('is that of the generator, which is one token ahead at most', async () => {
    const bot = new Endless();
    const run = bot.run({});
    const reader = toResponse(run, { format: 'text' }).body!.getReader();
    for (let read = 1; read <= 5; read++) {
      await reader.read();
      await sleep(2);
      expect(bot.made - read).toBeLessThanOrEqual(1);
    }
    await reader.cancel();
    expect(bot.finished).toBe(1);
    expect((await run.result).status).toBe('cancelled');
  });

  it('goes on where it was after a heartbeat that came between', async () => {
    const run = new Endless('word ', () => sleep(15)).run({});
    const body = toResponse(run, { heartbeat: 5, types: ['token'] }).body!;
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (readSse(text).filter(({ id }) => id).length < 6) {
      text += (await reader.read()).value;
      await sleep(4);
    }
    const seqs = readSse(text).flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
    expect(seqs).toEqual(seqs.map((_, index) => seqs[0] + index));
    await reader.cancel();
  });
});
