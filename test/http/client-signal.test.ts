import { describe, expect, it } from 'vitest';
import { RunRegistry, toResponse, type ResponseFormat } from 'stepstream/http';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { sleep } from '../support/sleep.js';
import { Endless, Talker } from './bots.js';

const FORMATS: readonly ResponseFormat[] = ['sse', 'ndjson', 'text', 'ui-message-stream'];
const wordy = (): Endless => new Endless('word ', () => sleep(1));

describe("a response with the client's signal", () => {
  it.each(FORMATS)('that aborts before anybody reads ends the run (%s)', async (format) => {
    const leave = new AbortController();
    const bot = wordy();
    const unhandled = await catchUnhandled(async () => {
      const run = bot.run({});
      toResponse(run, { format, signal: leave.signal });
      await sleep(5);
      leave.abort();
      expect((await run.result).status).toBe('cancelled');
    });
    expect(unhandled).toEqual([]);
    expect(bot.finished).toBe(1);
  });

  it('that has aborted already ends the run', async () => {
    const run = wordy().run({});
    const response = toResponse(run, { signal: AbortSignal.abort(new Error('gone')) });
    expect((await run.result).status).toBe('cancelled');
    await expect(response.text()).rejects.toThrow('gone');
  });

  it('that aborts in the middle breaks the body off: what has come is not all', async () => {
    const leave = new AbortController();
    const bot = wordy();
    const run = bot.run({});
    const reader = toResponse(run, { format: 'text', signal: leave.signal }).body!.getReader();
    await reader.read();
    const next = reader.read().then(() => reader.read());
    leave.abort(new Error('gone'));
    await expect(next).rejects.toThrow('gone');
    expect((await run.result).status).toBe('cancelled');
    expect(bot.finished).toBe(1);
  });

  it('that aborts lets a detached run go on, which that response no longer holds', async () => {
    const leave = new AbortController();
    const runs = new RunRegistry();
    const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options));
    // Nobody reads it, so it holds the generator …
    await runs.attach(run.id, { signal: leave.signal });
    expect(await Promise.race([run.result.then(() => 'ended'), sleep(20).then(() => 'held')])).toBe('held');
    // … until its client has left.
    leave.abort();
    expect(await run.result).toMatchObject({ status: 'success', text: 'Hello Ada\n€ 5' });
    expect((await runs.attach(run.id)).status).toBe(200);
  });

  it('listens to it no longer when all is sent, or when the client has left by itself', async () => {
    let listening = 0;
    const { signal } = new AbortController();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...given: unknown[]) => (listening++, addEventListener.apply(signal, given as never));
    signal.removeEventListener = (...given: unknown[]) => (
      listening--,
      removeEventListener.apply(signal, given as never)
    );
    const whole = toResponse(new Talker().run({ name: 'Ada' }), { signal });
    const left = toResponse(wordy().run({}), { signal });
    expect(listening).toBe(2);
    await whole.text();
    await left.body!.cancel();
    expect(listening).toBe(0);
  });
});
