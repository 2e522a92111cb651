import {
  BlueprintError,
  ForEach,
  Pipeline,
  planOf,
  StateConflictError,
  Step,
  toMermaid,
  type Ctx,
  type Each,
  type Failure,
} from 'stepstream';
import { testRun } from 'stepstream/testing';
import { beforeEach, expect, it } from 'vitest';
import { addMember, buildPipeline, type StepSpec } from '../support/build-class.js';
import { eventsOf } from '../support/events-of.js';

beforeEach(() => expect.hasAssertions());

/** The class of these steps, which are not checked by the compiler. */
function classOf(...steps: StepSpec[]): new () => Pipeline<object> {
  class Base extends Pipeline<object> {}
  return buildPipeline({ name: 'Sample', extends: Base, steps });
}

/** The mistakes of a class: `CODE where`. */
function problemsOf(pipelineClass: new () => Pipeline<object>): string[] {
  try {
    planOf(pipelineClass);
    return [];
  } catch (error) {
    return (error as BlueprintError).problems.map(({ code, where }) => `${code} ${where}`);
  }
}

interface Count {
  count: number;
}

/** Fifty items that read the state, wait, and write it. */
class Counting extends Pipeline<Count> {
  @Step({ to: 'work' }) load(): number[] {
    return Array.from({ length: 50 }, (_, place) => place);
  }
  @ForEach({ concurrency: 50 }) async work({ state }: Each<this, number>): Promise<void> {
    const before = state.count;
    await new Promise((resolve) => setImmediate(resolve));
    state.count = before + 1;
  }
}

it('B115 fifty parallel counts are a conflict that names the remedy, or fifty where the class says merge: sum', async () => {
  const { result } = await testRun(new Counting(), { count: 0 });
  expect(result.error).toBeInstanceOf(StateConflictError);
  expect(result.error!.message).toContain("merge: { count: 'sum' }");
  expect(result.state.count).toBe(0);
  class Summing extends Counting {
    static readonly pipeline = { merge: { count: 'sum' } } as const;
  }
  expect((await testRun(new Summing(), { count: 0 })).result.state.count).toBe(50);
});

it('B116 collected events keep what was, whatever changes later', async () => {
  class Growing extends Pipeline<Count> {
    readonly kept = { count: 0 };
    @Step({ to: 'b' }) a({ state }: Ctx<this>): Count {
      state.count = this.kept.count = 1;
      return this.kept;
    }
    @Step() b({ state }: Ctx<this>): Count {
      state.count = this.kept.count = 2;
      return this.kept;
    }
  }
  const given = { count: 0 };
  const events = await eventsOf(new Growing().run(given));
  expect(events.flatMap((event) => (event.type === 'step-end' ? [event.output] : []))).toEqual([
    { count: 1 },
    { count: 2 },
  ]);
  const patches = events.flatMap((event) => (event.type === 'state-change' ? event.patch : []));
  expect(patches.map((patch) => 'value' in patch && patch.value)).toEqual([1, 2]);
  expect(given).toEqual({ count: 0 });
});

it('B117 a step takes one parameter, and asking for what its context has not is refused by the compiler', async () => {
  class Asks extends Pipeline<Count> {
    // @ts-expect-error -- a second parameter would never be given
    @Step({ to: 'member' }) two(_: Ctx<this>, other: string): string {
      return typeof other;
    }
    @Step() member(context: Ctx<this>): string {
      // @ts-expect-error -- no such member
      return typeof context.database;
    }
  }
  const { outputs } = (await testRun(new Asks(), { count: 1 })).result;
  expect(outputs).toEqual({ two: 'undefined', member: 'undefined' });
});

it('B118 state and context are two things, also when they are of one type, and a step knows its name', async () => {
  const seen: unknown[] = [];
  class Same extends Pipeline<Count, Count> {
    @Step({ onError: 'mend' }) work({ state, context, step, attempt }: Ctx<this>): void {
      seen.push(state.count, context.count, step, attempt);
      throw new Error('no');
    }
    mend({ failed, step }: Failure<this>): void {
      seen.push(failed, step);
    }
  }
  addMember(Same, 'OnError', {}, 'mend', Same.prototype.mend);
  await testRun(new Same(), { count: 1 }, { context: { count: 2 } });
  expect(seen).toEqual([1, 2, 'work', 1, 'work', 'work']);
});

it('B119 all mistakes of a class are told at once, each with its place and the nearest name', () => {
  const Wrong = classOf(
    { name: 'begin', to: ['serch', 'tell'], options: { onError: 'mend' } },
    { name: 'search', to: 'tell', join: 'some' as never },
    { name: 'tell', options: { retry: 0 } },
  );
  expect(problemsOf(Wrong)).toEqual([
    'UNKNOWN_TARGET Sample.begin',
    'UNKNOWN_HANDLER Sample.begin',
    'INVALID_OPTION Sample.search',
    'INVALID_OPTION Sample.tell',
  ]);
  expect(() => planOf(Wrong)).toThrow('Did you mean "search"?');
});

it('B120 a misspelt option is refused, and the nearest one or all are named', () => {
  const Misspelt = classOf({ name: 'work', options: { retires: 3, tiemout: 5 } });
  expect(problemsOf(Misspelt)).toEqual(['INVALID_OPTION Sample.work', 'INVALID_OPTION Sample.work']);
  expect(() => planOf(Misspelt)).toThrow(/"retires"\. Known are: .*\bretry\b/);
  expect(() => planOf(Misspelt)).toThrow('"tiemout". Did you mean "timeout"?');
});

it('B121 run() itself throws for a class that can not run, before anything has happened', () => {
  let ran = false;
  const Wrong = classOf({ name: 'work', to: 'nowhere', body: () => (ran = true) });
  const wrong = new Wrong();
  expect(() => wrong.run({})).toThrow(BlueprintError);
  expect(() => wrong.open()).toThrow(BlueprintError);
  expect(ran).toBe(false);
});

it('B123 the plan of a class is made once and frozen, and a class whose mistake was mended has one', async () => {
  const Late = classOf({ name: 'a', to: 'b' });
  expect(problemsOf(Late)).toEqual(['UNKNOWN_TARGET Sample.a']);
  addMember(Late, 'Step', {}, 'b', () => 'mended');
  expect((await testRun(new Late(), {})).result.outputs).toEqual({ b: 'mended' });
  const plan = planOf(Late);
  expect(Object.isFrozen(plan) && Object.isFrozen(plan.steps) && Object.isFrozen(plan.steps[0])).toBe(true);
  addMember(Late, 'Step', {}, 'c', () => 'too late');
  expect(planOf(Late)).toBe(plan);
  expect(toMermaid(Late)).not.toContain('"C"');
  expect(Object.keys((await testRun(new Late(), {})).result.ledger)).toEqual(['a', 'b']);
});
