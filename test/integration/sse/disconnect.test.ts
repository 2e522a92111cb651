import { describe, expect, it } from 'vitest';
import { OnShutdown, Pipeline, Streaming, type AnyRun, type Ctx } from 'stepstream';
import { RunRegistry, toNodeResponse, type NodeOutcome, type ResponseFormat } from 'stepstream/http';
import { serve } from '../../http/serve.js';
import { gate } from '../../support/gate.js';
import { readRaw, type RawOptions } from './raw-client.js';

const GRACE = 2_000;

/** Waits before its first word, between its words and before its end, until the test lets it go on. */
class Patient extends Pipeline<object> {
  readonly first = gate();
  readonly second = gate();
  finished = 0;
  shutdowns = 0;

  @Streaming()
  async *respond({ signal }: Ctx<this>) {
    const left = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
    left.catch(() => undefined);
    try {
      await Promise.race([this.first.promise, left]);
      yield 'first ';
      await Promise.race([this.second.promise, left]);
      yield 'second';
    } finally {
      this.finished++;
    }
  }

  @OnShutdown()
  stop() {
    this.shutdowns++;
  }
}

const FORMATS: readonly ResponseFormat[] = ['sse', 'ndjson', 'text', 'ui-message-stream'];
type When = 'before it was answered' | 'before the first word' | 'in the middle' | 'after the end';

/** How a client leaves at each of these moments. */
const LEAVING: Readonly<Record<When, (bot: Patient) => RawOptions>> = {
  'before it was answered': () => ({ leaveAtOnce: true }),
  // Plain text says nothing before its first word, so that its headers are all that is waited for.
  'before the first word': () => ({ cut: ({ length }) => length }),
  'in the middle': ({ first }) => {
    first.open();
    return { cut: (body) => (body.includes('first ') ? body.length : undefined) };
  },
  'after the end': ({ first, second }) => {
    first.open();
    second.open();
    return {};
  },
};

const cases = FORMATS.flatMap((format) =>
  (['cancel', 'detach'] as const).flatMap((onDisconnect) =>
    (Object.keys(LEAVING) as When[]).map((when) => ({ format, onDisconnect, when })),
  ),
);

describe('a client that leaves', () => {
  it.each(cases)('$when, $format, $onDisconnect', async ({ format, onDisconnect, when }) => {
    const bot = new Patient();
    const runs = new RunRegistry();
    const begun = gate<AnyRun>();
    const outcome = gate<NodeOutcome>();
    await using server = await serve(async (_req, res) => {
      if (when === 'before it was answered') await new Promise((resolve) => res.once('close', resolve));
      const run = runs.start((options) => bot.run({}, options));
      begun.open(run);
      outcome.open(await toNodeResponse(run, res, { format, onDisconnect }));
    });
    const { ended } = await readRaw(server.url, LEAVING[when](bot));
    const left = Date.now();
    const run = await begun.promise;
    if (when === 'after the end') {
      expect([ended, await outcome.promise]).toEqual([true, 'complete']);
      expect((await run.result).status).toBe('success');
    } else {
      expect([ended, await outcome.promise]).toEqual([false, 'disconnected']);
      if (onDisconnect === 'cancel') expect((await run.result).status).toBe('cancelled');
      else await goesOn(bot, run, runs);
    }
    expect(Date.now() - left).toBeLessThan(GRACE);
    // What was never begun has nothing to end.
    const entered = when !== 'before it was answered' || onDisconnect === 'detach';
    expect(bot.finished).toBe(entered ? 1 : 0);
    expect(bot.shutdowns).toBe(entered ? 1 : 0);
    expect(runs.live).toBe(0);
  });
});

/** A run that was left goes on: it is alive, can be attached to, and ends well with all that it has said. */
async function goesOn(bot: Patient, run: AnyRun, runs: RunRegistry): Promise<void> {
  expect([runs.live, bot.finished]).toEqual([1, 0]);
  const attached = await runs.attach(run.id, { format: 'text' });
  bot.first.open();
  bot.second.open();
  expect(await attached.text()).toBe('first second');
  expect(await run.result).toMatchObject({ status: 'success', text: 'first second' });
}
