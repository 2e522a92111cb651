import { describe, expect, it, vi } from 'vitest';
import { Pipeline, Step } from 'stepstream';
import { RunRegistry, toResponse, type ResponseOptions } from 'stepstream/http';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { sleep } from '../support/sleep.js';
import { Endless, Failing, Talker } from './bots.js';

const wordy = (): Endless => new Endless('word ', () => sleep(1));
const REFUSED = { heartbeat: -1 };

describe('a run whose response is refused', () => {
  it('is left as by a client: detached it goes on, and its failure ends nothing', async () => {
    const unhandled = await catchUnhandled(async () => {
      const run = new Talker().run({ name: 'Ada' });
      expect(() => toResponse(run, { ...REFUSED, onDisconnect: 'detach' })).toThrow('heartbeat');
      expect((await run.result).status).toBe('success');
      expect(() => toResponse(new Failing().run({}), REFUSED)).toThrow('heartbeat');
      expect(() => toResponse(new Failing().run({}), { ...REFUSED, onDisconnect: 'detach' })).toThrow('heartbeat');
      await sleep(10);
    });
    expect(unhandled).toEqual([]);
  });

  it('goes on for whoever else reads it', async () => {
    const run = new Talker().run({ name: 'Ada' });
    const whole = toResponse(run, { format: 'text' });
    expect(() => toResponse(run, REFUSED)).toThrow('heartbeat');
    expect(await whole.text()).toBe('Hello Ada\n€ 5');
    expect((await run.result).status).toBe('success');
  });

  it('is left when its signal is none', async () => {
    const bot = wordy();
    const run = bot.run({});
    expect(() => toResponse(run, { signal: {} as AbortSignal })).toThrow('signal');
    expect((await run.result).status).toBe('cancelled');
  });
});

describe('a run that a registry would abandon', () => {
  it('is not, as long as a response of its own is read', async () => {
    const runs = new RunRegistry({ abandon: 20 });
    const run = runs.start((options) => wordy().run({}, options));
    const reader = toResponse(run, { onDisconnect: 'detach' }).body!.getReader();
    const end = Date.now() + 80;
    while (Date.now() < end) expect((await reader.read()).done).toBe(false);
    expect(runs.live).toBe(1);
    await reader.cancel();
    expect(runs.live).toBe(1);
    expect((await run.result).status).toBe('cancelled');
  });

  it('is, when a client was refused and no other came', async () => {
    const runs = new RunRegistry({ abandon: 30, buffer: 5 });
    const run = runs.start((options) => wordy().run({}, options));
    await sleep(20);
    expect((await runs.attach(run.id, { after: 1 })).status).toBe(410);
    await expect(runs.attach(run.id, REFUSED)).rejects.toThrow('heartbeat');
    expect((await run.result).status).toBe('cancelled');
  });

  it('keeps no process that it does not keep itself', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const runs = new RunRegistry({ abandon: 60_000 });
    class Hangs extends Pipeline<object> {
      @Step() wait({ signal }: { signal: AbortSignal }) {
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      }
    }
    const run = runs.start((options) => new Hangs().run({}, options));
    const client = await runs.attach(run.id, { heartbeat: false });
    await client.body!.cancel();
    const { calls, results } = timers.mock;
    const waiting = calls.flatMap(([, delay], at) => (delay === 60_000 ? [results[at].value as NodeJS.Timeout] : []));
    timers.mockRestore();
    expect(waiting.map((timer) => timer.hasRef())).toEqual([false, false]);
    await run.cancel();
  });
});

it('a client that comes too late for the events of a run does not end it, though it would by leaving', async () => {
  const runs = new RunRegistry({ buffer: 5 });
  const bot = wordy();
  const run = runs.start((options) => bot.run({}, options));
  await sleep(30);
  const answer = await runs.attach(run.id, { after: 1, onDisconnect: 'cancel' });
  expect(answer.status).toBe(410);
  await sleep(10);
  expect([runs.live, bot.finished]).toEqual([1, 0]);
  const made = bot.made;
  await sleep(10);
  // Nor does it hold it.
  expect(bot.made).toBeGreaterThan(made);
  await run.cancel();
});

describe('an error that no JSON has', () => {
  it.each(['sse', 'ndjson', 'ui-message-stream', 'text'] as const)(
    'ends a body, and nothing else (%s)',
    async (format) => {
      const describeError = (() => ({ message: 1n, code: 2n })) as unknown as ResponseOptions['describeError'];
      const unhandled = await catchUnhandled(async () => {
        const run = new Failing().run({});
        run.result.catch(() => undefined);
        const read = await toResponse(run, { format, describeError, heartbeat: 5 }).text().catch(String);
        expect(read).toMatch(format === 'text' ? /1/ : /"message":"1"/);
        await sleep(20);
      });
      expect(unhandled).toEqual([]);
    },
  );
});
