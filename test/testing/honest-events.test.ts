import { describe, expect, it } from 'vitest';
import { OnError, Pipeline, skip, Step, Streaming, type Ctx, type Failure, type RunEvent } from 'stepstream';
import { explore, expectHonestEvents, testRun } from 'stepstream/testing';
import 'stepstream/testing/vitest';

interface How {
  fail: boolean;
}

/** Streams that are cut, taken back and replaced, a branch that loses, one that is skipped. */
class Busy extends Pipeline<How> {
  @Step({ to: ['fast', 'slow', 'never'] })
  start(): void {}
  @Streaming({ to: 'first', retry: 2 })
  async *fast({ attempt, usage }: Ctx<this>): AsyncGenerator<string, string> {
    yield 'a';
    yield 'b';
    usage({ input: 1, output: 2 });
    if (attempt === 1) throw new Error('cut');
    return 'fast';
  }
  @Streaming({ to: 'first', onError: 'instead' })
  async *slow(): AsyncGenerator<string, string> {
    yield 'c';
    throw new Error('broken');
  }
  @Step({ to: 'first' })
  never() {
    return skip();
  }
  @OnError()
  async *instead(_: Failure<this>): AsyncGenerator<string, string> {
    yield 'd';
    await Promise.resolve();
    yield 'e';
    return 'instead';
  }
  @Step({ join: 'any', to: 'last' })
  first({ state }: Ctx<this>): void {
    if (state.fail) throw new Error('no');
  }
  @Streaming()
  async *last(): AsyncGenerator<string> {
    yield 'z';
  }
}

const told = async (fail = false) =>
  (await testRun(new Busy(), { fail })) as { events: readonly RunEvent[]; text: string };

/** What is found wrong with the events. */
function complaint(events: readonly unknown[], text?: string): string {
  try {
    expectHonestEvents({ events, text });
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
  return 'honest';
}

/** The same events with seq given anew, so that only what was changed is wrong. */
const numbered = (events: readonly RunEvent[]): RunEvent[] =>
  events.map((event, place) => ({ ...event, seq: place + 1 }));

describe('expectHonestEvents', () => {
  it('finds nothing wrong with what a run tells, under any seed, however it ends', async () => {
    for (const fail of [false, true]) {
      const { orders } = await explore({ runs: 100 }, async (seeded) => {
        const run = await seeded.run(new Busy(), { fail });
        expectHonestEvents(run);
        expectHonestEvents(run.events);
        expect(run).toBeHonest();
      });
      expect(orders).toBeGreaterThan(5);
    }
  });

  it('finds nothing wrong with a run that is cancelled while it streams', async () => {
    const controller = new AbortController();
    class Endless extends Pipeline<object> {
      @Streaming()
      async *speak(): AsyncGenerator<string> {
        for (let i = 0; ; i++) {
          if (i === 5) controller.abort();
          yield 'on ';
        }
      }
    }
    const run = await testRun(new Endless(), {}, { signal: controller.signal });
    expect(run.result.status).toBe('cancelled');
    expectHonestEvents(run);
  });

  it('finds an event that is missing, wherever it was', async () => {
    const { events } = await told();
    for (let place = 0; place < events.length; place++)
      expect(complaint(events.filter((_, other) => other !== place))).toContain('DISHONEST_EVENTS');
  });

  it('finds two events that have changed places', async () => {
    const { events } = await told();
    const swapped = [...events];
    [swapped[3], swapped[4]] = [swapped[4], swapped[3]];
    expect(complaint(swapped)).toContain('(seq 5) stands where seq 4 should');
  });

  it('finds the events of another run among them', async () => {
    const { events } = await told();
    const mixed = events.map((event) => (event.seq === 4 ? { ...event, runId: 'other' } : event));
    expect(complaint(mixed)).toContain('(seq 4) is of another run');
  });

  it('finds a run without an end, with two, and what comes after it', async () => {
    const { events } = await told();
    const end = events.at(-1)!;
    expect(complaint(events.slice(0, -1))).toContain('there is no run-end at the end');
    expect(complaint([])).toContain('there is no run-end at the end');
    expect(complaint(numbered([...events, end]))).toContain('comes after run-end');
    expect(complaint(numbered([...events, events[1]]))).toContain('comes after run-end');
    expect(complaint(numbered([...events, events[0]]))).toContain('begins an ended run again');
    expect(complaint(numbered(events.slice(1)))).toContain('comes before run-start');
  });

  const find = (events: readonly RunEvent[], type: string, step: string): number =>
    events.findIndex((event) => event.type === type && 'step' in event && event.step === step);

  it('finds a step that is never closed, closed twice, or closed before it began', async () => {
    const { events } = await told();
    const start = find(events, 'step-start', 'last');
    const end = find(events, 'step-end', 'last');
    expect(complaint(numbered(events.filter((_, place) => place !== end)))).toContain(
      'last has not ended when the run has: run-end',
    );
    expect(complaint(numbered([...events.slice(0, end), events[end], ...events.slice(end)]))).toContain(
      'step-end (seq ' + String(end + 2) + ') of last comes although it is done',
    );
    expect(complaint(numbered(events.filter((_, place) => place !== start)))).toContain(
      'of last comes although it has not begun',
    );
    expect(complaint(numbered([...events.slice(0, start), events[start], ...events.slice(start)]))).toContain(
      'of last comes although it has not ended',
    );
    expect(complaint(numbered([...events.slice(0, -1), events[start], events[end], events.at(-1)!]))).toContain(
      'of last comes although it has ended',
    );
  });

  it('finds a ledger that says otherwise', async () => {
    const { events } = await told();
    const end = events.at(-1) as Extract<RunEvent, { type: 'run-end' }>;
    const ledger = {
      ...end.ledger,
      last: { status: 'failed', visits: ['failed'] },
      start: { status: 'not taken', visits: [] },
    };
    const said = complaint([...events.slice(0, -1), { ...end, ledger }]);
    expect(said).toContain('the ledger says that last is failed, but it is done');
    expect(said).toContain('the ledger says that start is not taken, but it is done');
  });

  it('finds a text that the tokens don’t make, and a reset that is missing, takes nothing or too little', async () => {
    const { events, text } = await told();
    expect(complaint(events, `${text}!`)).toContain(`the tokens that count are "${text}", the text is "${text}!"`);
    const reset = find(events, 'token-reset', 'fast');
    expect(complaint(numbered(events.filter((_, place) => place !== reset)), text)).toContain(
      'the tokens that count are',
    );
    const changed = (change: object) =>
      events.map((event, place) => (place === reset ? { ...event, ...change } : event));
    expect(complaint(changed({ from: 1, to: 1 }))).toContain('of fast takes back nothing');
    const { to } = events[reset] as unknown as { to: number };
    expect(complaint(changed({ from: to }))).toContain('of fast leaves a part of the stream');
  });

  it('knows segments: each ends, the last one for good', async () => {
    const base = { v: 1, runId: 'r', pipeline: 'P', at: 0 };
    const place = { step: 'ask', path: [], visit: 1, attempt: 1 };
    const ledgerOf = (status: string) => ({ ask: { status, visits: [status] } });
    const events = [
      { ...base, type: 'run-start', segment: 1 },
      { ...base, ...place, type: 'step-start' },
      { ...base, ...place, type: 'step-suspend', ask: 'may I?' },
      { ...base, type: 'run-end', status: 'suspended', ledger: ledgerOf('suspended') },
      { ...base, type: 'run-start', segment: 2 },
      { ...base, ...place, type: 'step-end', status: 'done', output: 'yes' },
      { ...base, type: 'run-end', status: 'success', ledger: ledgerOf('done') },
    ].map((event, index) => ({ ...event, seq: index + 1 })) as unknown as RunEvent[];
    expect(complaint(events)).toBe('honest');
    expect(complaint(events.slice(0, 4))).toBe('honest');
    expect(complaint(events.slice(0, 3))).toContain('there is no run-end at the end');
    const again = numbered([...events, events[4], events[6]]);
    expect(complaint(again)).toContain('begins an ended run again');
    const third = events.map((event) => (event.seq === 5 ? { ...event, segment: 3 } : event));
    expect(complaint(third)).toContain('says segment 3, not 2');
  });
});

describe('toBeHonest', () => {
  it('says what is wrong', async () => {
    const run = await testRun(new Busy(), { fail: false });
    const cut = { ...run, events: run.events.slice(0, -1) };
    expect(cut).not.toBeHonest();
    expect(() => expect(cut).toBeHonest()).toThrow(
      'Expected the events to be honest.\n  - there is no run-end at the end',
    );
  });
});
