import {
  ForEach,
  goto,
  observe,
  Pipeline,
  planOf,
  Step,
  Streaming,
  suspend,
  type Checkpoint,
  type Ctx,
  type Each,
  type Middleware,
  type Suspend,
} from 'stepstream';
import { memoryStore, withoutPayloads } from 'stepstream/storage/memory';
import { standIn, testRun } from 'stepstream/testing';
import { beforeEach, expect, it } from 'vitest';
import { eventsOf, shortly } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

beforeEach(() => expect.hasAssertions());

/** Counts the tokens it makes; the last step ends as it is told. */
class Speaker extends Pipeline<{ ends?: 'fail' | 'wait' | 'ask' }> {
  static readonly pipeline = { name: 'speaker' };
  made = 0;
  @Streaming({ to: 'last' }) async *speak(): AsyncGenerator<number> {
    while (this.made < 20) yield ++this.made;
  }
  @Step() async last({ state, signal }: Ctx<this>): Promise<string | Suspend<string, string>> {
    if (state.ends === 'fail') throw new Error('no');
    if (state.ends === 'wait') await whenAborted(signal);
    return state.ends === 'ask' ? suspend<string, string>('well?') : 'said';
  }
}

it('B124 a stream is at most one token ahead of its reader, and its first token comes at once', async () => {
  const speaker = new Speaker();
  let [read, lead] = [0, 0];
  for await (const token of speaker.run({}).tokens()) {
    if (read === 0) expect([token, speaker.made]).toEqual([1, 1]);
    await sleep(0);
    lead = Math.max(lead, speaker.made - ++read);
  }
  expect(read).toBe(20);
  expect(lead).toBeLessThanOrEqual(1);
});

it('B125 an observer that throws or is slow changes no run: its failure is an event, and nobody waits for it', async () => {
  const never = gate();
  const seen: string[] = [];
  const slow = observe(({ type }) => (seen.push(type), never.promise));
  const broken = observe({
    types: ['step-start'],
    onEvent: () => {
      throw new Error('observer broke');
    },
  });
  const { result, events } = await testRun(new Speaker(), {});
  slow();
  broken();
  never.open();
  expect(result.status).toBe('success');
  expect(seen).toEqual(['run-start']);
  const told = events.filter(({ type }) => type === 'observer-error');
  expect(told[0]).toMatchObject({ during: 'step-start', error: { message: 'observer broke' } });
});

it('B126 a listener that throws is told of as well, and all later events reach it and the others', async () => {
  const heard: string[] = [];
  const run = new Speaker().run({});
  run.on('step-end', ({ step }) => {
    heard.push(`first ${step}`);
    throw new Error('listener broke');
  });
  run.on('step-end', ({ step }) => heard.push(`second ${step}`));
  const told = shortly(await eventsOf(run));
  expect(heard).toEqual(['first speak', 'second speak', 'first last', 'second last']);
  expect(told.filter((event) => event === 'observer-error')).toHaveLength(2);
  expect(told.at(-1)).toBe('run-end success');
});

it('B127 observers are told how every run has ended: failed, timeout, cancelled and suspended', async () => {
  const ends: string[] = [];
  const unobserve = observe({ types: ['run-end'], onEvent: (event) => void ends.push(event.status) });
  await testRun(new Speaker(), { ends: 'fail' });
  await testRun(new Speaker(), { ends: 'wait' }, { timeout: 1 });
  await testRun(new Speaker(), { ends: 'wait' }, { signal: AbortSignal.abort() });
  await testRun(new Speaker(), { ends: 'ask' });
  await sleep(1);
  unobserve();
  expect(ends).toEqual(['failed', 'timeout', 'cancelled', 'suspended']);
});

it('B128 the first middleware is the outermost, one that is async may be around a stream, and retry is none of them', async () => {
  const trail: string[] = [];
  const named = (name: string): Middleware => {
    return async ({ step, attempt }, next) => {
      trail.push(`${name} ${step} ${attempt}`);
      return next();
    };
  };
  class Wrapped extends Pipeline<object> {
    static readonly pipeline = { middleware: [named('A'), named('B')] };
    @Streaming({ to: 'work', middleware: named('C') }) async *speak(): AsyncGenerator<string> {
      yield 'said';
    }
    @Step({ retry: 2, middleware: [] }) work({ attempt }: Ctx<this>): number {
      if (attempt === 1) throw new Error('not yet');
      return attempt;
    }
  }
  const { text, result } = await testRun(new Wrapped(), {});
  expect([text, result.outputs.work]).toEqual(['said', 2]);
  expect(trail).toEqual(['A speak 1', 'B speak 1', 'C speak 1', 'A work 1', 'B work 1', 'A work 2', 'B work 2']);
});

/** Two steps side by side that report and emit as they go. */
class Metered extends Pipeline<object, { user: string }> {
  @Step({ to: ['a', 'b'] }) root(): void {}
  @Step() async a({ usage, emit, context }: Ctx<this>): Promise<void> {
    emit('for', context.user);
    await sleep(0);
    usage({ input: 1, output: 2 });
  }
  @Step() async b({ usage, emit, context }: Ctx<this>): Promise<void> {
    emit('for', context.user);
    await sleep(0);
    usage({ input: 10, output: 20 });
  }
}

it('B129 what a step emits and uses bears its name, apart from its siblings and from other runs', async () => {
  const metered = new Metered();
  const users = ['ada', 'bob'];
  const runs = await Promise.all(users.map((user) => testRun(metered, {}, { context: { user } })));
  for (const [place, { events, result }] of runs.entries()) {
    const told = events.flatMap((event) => (event.type === 'custom' ? [[event.step, event.data]] : []));
    expect(told).toEqual([
      ['a', users[place]],
      ['b', users[place]],
    ]);
    const used = events.flatMap((event) => (event.type === 'usage' ? [[event.step, event.usage.input]] : []));
    expect(used.toSorted()).toEqual([
      ['a', 1],
      ['b', 10],
    ]);
    expect(result.usage).toMatchObject({ input: 11, output: 22 });
  }
});

it('B130 who led to whom can be told from events: arrivals by name, and visits apart from attempts', async () => {
  class Causes extends Pipeline<{ rounds: number }> {
    @Step({ to: ['x', 'y'] }) begin(): void {}
    @Step({ to: 'join', retry: 2 }) x({ attempt }: Ctx<this>): void {
      if (attempt === 1) throw new Error('not yet');
    }
    @Step({ to: 'join' }) y(): void {}
    @Step({ goto: 'begin' }) join({ state }: Ctx<this>) {
      return ++state.rounds < 2 ? goto('begin') : undefined;
    }
  }
  const { events } = await testRun(new Causes(), { rounds: 0 });
  const joins = events.flatMap((event) => (event.type === 'join' ? [event.arrived] : []));
  // In the order in which they arrived: x needs a second attempt.
  expect(joins).toEqual([
    ['y', 'x'],
    ['y', 'x'],
  ]);
  const ends = events.filter((event) => event.type === 'step-end' && event.step === 'x');
  expect(ends).toMatchObject([
    { visit: 1, attempt: 2 },
    { visit: 2, attempt: 2 },
  ]);
});

it('B131 a run that is still running, or whose process has died, spoils no list', async () => {
  const store = memoryStore();
  const waiting = new Speaker().run({ ends: 'wait' }, { id: 'r1', store });
  await new Speaker().run({}, { id: 'r2', store }).result;
  const listed = async (): Promise<string[]> =>
    (await store.list()).runs.map(({ runId, status }) => `${runId} ${status}`).toSorted();
  expect(await listed()).toEqual(['r1 running', 'r2 success']);
  await waiting.cancel();
  expect(await listed()).toEqual(['r1 cancelled', 'r2 success']);
});

it('B132 a store keeps nothing of what was said if it is told so', async () => {
  class Secretive extends Pipeline<{ pin: number }> {
    static readonly pipeline = { name: 'secretive' };
    @Streaming({ to: 'check' }) async *speak({ state }: Ctx<this>): AsyncGenerator<string> {
      yield `the PIN is ${state.pin}`;
    }
    @Step() check({ state }: Ctx<this>): never {
      throw new Error(`${state.pin} is wrong`);
    }
  }
  const [open, discreet] = [memoryStore(), memoryStore({ redact: withoutPayloads })];
  for (const store of [open, discreet]) await testRun(new Secretive(), { pin: 1234 }, { id: 'r1', store });
  expect(JSON.stringify(await open.get('r1'))).toContain('1234');
  const kept = await discreet.get('r1');
  expect(JSON.stringify(kept)).not.toContain('1234');
  expect(kept).toMatchObject({ redacted: true, status: 'failed', ledger: { check: { status: 'failed' } } });
});

it('B133 two pipelines that look alike are kept apart by name, in lists and in checkpoints', async () => {
  class Twin extends Speaker {
    static override readonly pipeline = { name: 'twin' };
  }
  expect(planOf(Twin).fingerprint).toBe(planOf(Speaker).fingerprint);
  const store = memoryStore();
  const { result } = await testRun(new Speaker(), { ends: 'ask' }, { store });
  await testRun(new Twin(), {}, { id: 'r2', store });
  expect((await store.list({ pipeline: 'twin' })).runs.map(({ runId }) => runId)).toEqual(['r2']);
  const { checkpoint } = result as { readonly checkpoint: Checkpoint };
  expect(() => new Twin().resume(checkpoint, { last: 'well' })).toThrow(/speaker.*twin|twin.*speaker/is);
});

it('B134 stand-ins replace the steps of one instance alone, and are gone at the end of their block', async () => {
  const speaker = new Speaker();
  const other = new Speaker();
  {
    using mocks = standIn(speaker, {
      steps: {
        speak: async function* () {
          yield 7;
        },
        last: () => 'mocked',
      },
    });
    const [{ tokens, result }, untouched] = await Promise.all([testRun(speaker, {}), testRun(other, {})]);
    expect([tokens, result.outputs.last, mocks.calls.last.length]).toEqual([[7], 'mocked', 1]);
    expect([untouched.tokens.length, untouched.result.outputs.last]).toEqual([20, 'said']);
  }
  expect((await testRun(speaker, {})).result.outputs.last).toBe('said');
});

it('B135 a failed step stands in the ledger as failed, and the items of an each are counted one by one', async () => {
  class Items extends Pipeline<object> {
    @Step({ to: 'work' }) load(): number[] {
      return [1, 2, 3];
    }
    @ForEach({ to: 'after', onItemError: 'skip' }) work({ item }: Each<this, number>): void {
      if (item > 1) throw new Error('no');
    }
    @Step() after(): never {
      throw new Error('no');
    }
  }
  const { events, result } = await testRun(new Items(), {});
  expect(result.ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 1, failed: 2 } });
  expect(result.ledger.after).toEqual({ status: 'failed', visits: ['failed'] });
  const started = events.flatMap((event) => ('index' in event && event.type === 'step-start' ? [event.index] : []));
  expect(started).toEqual([0, 1, 2]);
});
