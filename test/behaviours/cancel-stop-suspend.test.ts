import {
  call,
  OnShutdown,
  OnStartup,
  Pipeline,
  Step,
  stop,
  Streaming,
  SubPipeline,
  suspend,
  type Checkpoint,
  type Ctx,
  type Join,
} from 'stepstream';
import { testRun, virtualClock, type TestRun } from 'stepstream/testing';
import { beforeEach, expect, it } from 'vitest';
import { eventsOf, shortly } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { whenAborted } from '../support/when-aborted.js';
import { becameOf } from './became-of.js';

beforeEach(() => expect.hasAssertions());

/** A step that waits for its signal, or for ever, and one behind it. */
class Waiting extends Pipeline<{ ignores?: boolean }> {
  static readonly pipeline = { cancelGrace: 50 };
  readonly begun = gate();
  aborted: unknown;
  @Step({ to: 'after' }) async wait({ signal, state }: Ctx<this>): Promise<void> {
    this.begun.open();
    await (state.ignores ? new Promise(() => undefined) : whenAborted(signal));
    this.aborted = signal.reason;
  }
  @Step() after(): void {}
}

it('B099 a cancelled run says why, ends as cancelled, and tells no step-error', async () => {
  const waiting = new Waiting();
  const run = waiting.run({});
  const reading = eventsOf(run);
  await waiting.begun.promise;
  await run.cancel('the user has left');
  expect(shortly(await reading)).toEqual(['run-start', 'step-start wait', 'step-cancel wait', 'run-end cancelled']);
  const { error } = await run.result;
  expect(error).toMatchObject({ code: 'RUN_CANCELLED', name: 'AbortError', cause: 'the user has left' });
});

/** Runs it, and aborts the signal of its caller as soon as its step has begun. */
async function aborted(waiting: Waiting, ignores = false): Promise<TestRun<Waiting>> {
  const caller = new AbortController();
  const clock = virtualClock();
  const running = testRun(waiting, { ignores }, { clock, signal: caller.signal });
  await waiting.begun.promise;
  caller.abort('enough');
  await clock.advance(50);
  return running;
}

it('B100 a cancel reaches a step that only awaits, and one that ignores it is left behind after the grace', async () => {
  const heeding = new Waiting();
  const heeded = await aborted(heeding);
  expect(heeding.aborted).toBeDefined();
  expect(heeded.result).toMatchObject({ status: 'cancelled', duration: 0, abandoned: [] });
  expect(becameOf(heeded.result)).toEqual({ wait: 'cancelled', after: 'ended' });
  const { result } = await aborted(new Waiting(), true);
  expect(result).toMatchObject({ status: 'cancelled', duration: 50, abandoned: ['wait'] });
  expect(becameOf(result)).toEqual({ wait: 'abandoned', after: 'ended' });
});

it('B102 a run that is cancelled between two steps is cancelled, and its next step does not start', async () => {
  class Two extends Pipeline<object> {
    @Step({ to: 'b' }) a(): void {}
    @Step() b(): void {}
  }
  const run = new Two().run({});
  run.on('step-end', () => void run.cancel());
  const result = await run.result;
  expect(result.status).toBe('cancelled');
  expect(becameOf(result)).toEqual({ a: 'done', b: 'ended' });
});

it('B103 after a stop what is alive ends by itself, its tokens count, and nothing new starts', async () => {
  const stopped = gate();
  class Stops extends Pipeline<{ said?: boolean }> {
    @Step({ to: ['halt', 'speak'] }) root(): void {}
    @Step({ to: 'never' }) halt() {
      stopped.open();
      return stop();
    }
    @Streaming({ to: 'never2' }) async *speak({ state }: Ctx<this>): AsyncGenerator<string> {
      yield 'one';
      await stopped.promise;
      yield 'two';
      state.said = true;
    }
    @Step() never(): void {}
    @Step() never2(): void {}
  }
  const { result } = await testRun(new Stops(), {});
  expect(result).toMatchObject({ status: 'success', text: 'onetwo', state: { said: true } });
  expect(becameOf(result)).toMatchObject({ halt: 'done', speak: 'done', never: 'stopped', never2: 'stopped' });
});

/** Counts what it does; asks in one of two branches before a join. */
class Asking extends Pipeline<{ steps: string[] }> {
  static readonly pipeline = { name: 'asking', merge: { steps: 'append' } } as const;
  hooks = 0;
  @OnStartup() up(): void {
    this.hooks++;
  }
  @Step({ to: ['ask', 'other'] }) prepare({ state }: Ctx<this>): string {
    state.steps.push('prepare');
    return 'prepared';
  }
  @Step({ to: 'join' }) ask({ state }: Ctx<this>) {
    state.steps.push('ask');
    return suspend<string>('may I?');
  }
  @Step({ to: 'join' }) async other({ state }: Ctx<this>): Promise<string> {
    state.steps.push('other');
    return 'other';
  }
  @Step() join({ inputs, outputs, state }: Join<this, { ask: string; other: string }>): unknown {
    state.steps.push('join');
    return [inputs, outputs.prepare];
  }
  @OnShutdown() down(): void {
    this.hooks++;
  }
}

it('B104 a run that waits for an answer ends as suspended, and says what it asks', async () => {
  const { events, result } = await testRun(new Asking(), { steps: [] });
  expect(shortly(events).at(-1)).toBe('run-end suspended');
  expect(result).toMatchObject({ status: 'suspended', asks: [{ step: 'ask', key: 'ask', ask: 'may I?' }] });
  expect(becameOf(result)).toMatchObject({ ask: 'suspended', other: 'done' });
});

it('B105 a resumed run is the same run: its id, numbers, state and outputs go on, and nothing runs again', async () => {
  const first = await outcomeOf(new Asking().run({ steps: [] }, { id: 'r1' }));
  if (first.status !== 'suspended') throw new Error(`it is ${first.status}`);
  const stored = JSON.parse(JSON.stringify(first.checkpoint)) as Checkpoint;
  const asking = new Asking();
  const run = asking.resume(stored, { ask: 'yes' });
  const events = await eventsOf(run);
  expect([run.id, events[0]]).toMatchObject(['r1', { type: 'run-start', segment: 2 }]);
  expect(events[0].seq).toBeGreaterThan(1);
  const { outputs, state } = await run.result;
  expect(outputs.join).toEqual([{ ask: 'yes', other: 'other' }, 'prepared']);
  expect(state.steps).toEqual(['prepare', 'ask', 'other', 'join']);
  expect(asking.hooks).toBe(2);
});

it('B106 a join behind a question waits for the answer, also when its other parents are done', async () => {
  const asked = await testRun(new Asking(), { steps: [] });
  expect(asked.result.ledger.join).toMatchObject({ status: 'not taken' });
  const { path, result } = await testRun(new Asking(), { steps: [] }, { answers: { ask: 'yes' } });
  expect(path.at(-1)).toBe('join');
  expect(result.status).toBe('success');
  expect(becameOf(result)).toEqual({ prepare: 'done', ask: 'done', other: 'done', join: 'done' });
});

it('B107 a child that asks suspends its parent too, and a child that stops ends only itself', async () => {
  class Child extends Pipeline<{ stops: boolean }> {
    static readonly pipeline = { name: 'child' };
    @Step({ to: 'rest' }) begin({ state }: Ctx<this>) {
      return state.stops ? stop() : suspend<string>('go on?');
    }
    @Step() rest(): void {}
  }
  class Parent extends Pipeline<{ stops: boolean }> {
    static readonly pipeline = { name: 'parent' };
    readonly child = new Child();
    @SubPipeline(() => Child, { to: 'after' }) research({ state }: Ctx<this>) {
      return call(this.child, { stops: state.stops });
    }
    @Step() after(): void {}
  }
  const asks = (await testRun(new Parent(), { stops: false })).result;
  expect(asks).toMatchObject({ status: 'suspended', asks: [{ key: 'research/begin', ask: 'go on?' }] });
  const stops = await testRun(new Parent(), { stops: true });
  expect(becameOf(stops.result)).toEqual({ research: 'done', after: 'done' });
  expect(shortly(stops.events)).not.toContain('step-start rest');
});
