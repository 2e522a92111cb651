import {
  BlueprintError,
  ForEach,
  goto,
  OnError,
  Pipeline,
  planOf,
  skip,
  Step,
  StepTimeoutError,
  Switch,
  type Ctx,
  type Each,
  type Join,
  type Skip,
} from 'stepstream';
import { testRun, virtualClock } from 'stepstream/testing';
import { beforeEach, expect, it } from 'vitest';
import { buildPipeline, type StepSpec } from '../support/build-class.js';
import { shortly } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { whenAborted } from '../support/when-aborted.js';
import { becameOf } from './became-of.js';

beforeEach(() => expect.hasAssertions());

type Body = (context: Ctx<Pipeline<object>>) => unknown;
type Inputs = { inputs: { x?: unknown; y?: unknown } } & Ctx<Pipeline<object>>;

const ok: Body = ({ step }) => `${step} did it`;
const fail: Body = ({ step }) => {
  throw new Error(`${step} broke`);
};

/** root → x, y → join (of both) → after; what x and y do is injected. */
class Both extends Pipeline<object> {
  readonly x1: Body;
  readonly y1: Body;
  constructor(x: Body, y: Body) {
    super();
    this.x1 = x;
    this.y1 = y;
  }
  @Step({ to: ['x', 'y'] }) root(): void {}
  @Step({ to: 'join' }) x(context: Ctx<this>): unknown {
    return this.x1(context);
  }
  @Step({ to: 'join' }) y(context: Ctx<this>): unknown {
    return this.y1(context);
  }
  @Step({ to: 'after' }) join({ inputs }: Inputs): unknown {
    return inputs;
  }
  @Step() after(): void {}
}

/** The same with a join that takes the first success. */
class First extends Both {
  @Step({ to: 'after', join: 'any' }) override join({ inputs }: Inputs): unknown {
    return inputs;
  }
}

const joinsOf = (events: readonly object[]): unknown[] =>
  events.flatMap((event) => ('arrived' in event && 'dead' in event ? [[event.arrived, event.dead]] : []));

it('B026 two steps behind one start together, and their join runs once when both have ended', async () => {
  const { events, result } = await testRun(new Both(ok, async (context) => ok(context)), {});
  const told = shortly(events);
  expect(told.slice(0, 5)).toEqual(['run-start', 'step-start root', 'step-end root', 'step-start x', 'step-start y']);
  expect(told.slice(7)).toEqual([
    'join join',
    'step-start join',
    'step-end join',
    'step-start after',
    'step-end after',
    'run-end success',
  ]);
  expect(result.outputs.join).toEqual({ x: 'x did it', y: 'y did it' });
});

it('B027 a join runs with those that arrived when a parent skips', async () => {
  const { result } = await testRun(new Both(() => skip(), ok), {});
  expect(result.outputs.join).toEqual({ y: 'y did it' });
  expect(becameOf(result)).toMatchObject({ x: 'skipped', y: 'done', join: 'done', after: 'done' });
});

it('B028 no time has to pass until a join knows that a parent will not arrive', async () => {
  const clock = virtualClock();
  const { result } = await testRun(new Both(() => skip(), ok), {}, { clock });
  expect(result).toMatchObject({ status: 'success', duration: 0 });
  expect(becameOf(result).join).toBe('done');
});

it('B029 a join runs when a parent behind it can no longer be reached, and is dead when none can', async () => {
  class Far extends Pipeline<{ which: string }> {
    @Switch({ cases: { near: 'near', none: null } }) route({ state }: Ctx<this>): 'near' | 'none' {
      return state.which as 'near';
    }
    @Step({ to: ['x', 'y'] }) near(): void {}
    @Step({ to: 'join' }) x(): Skip {
      return skip();
    }
    @Step({ to: 'join' }) y(): void {}
    @Step() join(): void {}
  }
  expect(becameOf((await testRun(new Far(), { which: 'near' })).result)).toMatchObject({ x: 'skipped', join: 'done' });
  const { ledger } = (await testRun(new Far(), { which: 'none' })).result;
  expect(ledger.join).toEqual({ status: 'not taken', visits: [], why: 'dead', by: 'route' });
});

it('B030 a join behind both cases of a switch runs on either way', async () => {
  class Either extends Pipeline<{ way: 'a' | 'b' }> {
    @Switch({ cases: { a: 'a', b: 'b' } }) route({ state }: Ctx<this>): 'a' | 'b' {
      return state.way;
    }
    @Step({ to: 'join' }) a(): string {
      return 'by a';
    }
    @Step({ to: 'join' }) b(): string {
      return 'by b';
    }
    @Step() join({ inputs }: Join<this, { a?: string; b?: string }>): unknown {
      return inputs;
    }
  }
  expect((await testRun(new Either(), { way: 'a' })).result.outputs.join).toEqual({ a: 'by a' });
  expect((await testRun(new Either(), { way: 'b' })).result.outputs.join).toEqual({ b: 'by b' });
});

it('B031 a join runs with the others when a parent goes somewhere else', async () => {
  class Aside extends Both {
    @Step({ to: 'join', goto: 'aside' }) override x() {
      return goto('aside');
    }
    @Step() aside(): void {}
  }
  const { result } = await testRun(new Aside(ok, ok), {});
  expect(result.outputs.join).toEqual({ y: 'y did it' });
  expect(becameOf(result)).toMatchObject({ aside: 'done', join: 'done', after: 'done' });
});

it('B032 a goto to a join is an arrival, and the join waits for its other parents', async () => {
  const opened = gate();
  const running = testRun(
    new Both(
      () => (queueMicrotask(opened.open), goto('join', 'instead')),
      () => opened.promise.then(() => 'late'),
    ),
    {},
  );
  const { result } = await running;
  expect(result.outputs.join).toEqual({ x: 'instead', y: 'late' });
  expect(result.ledger.join.visits).toEqual(['done']);
});

it('B033 a step behind a case and another step is a join: it runs once, after both', async () => {
  class Mixed extends Pipeline<object> {
    @Step({ to: ['route', 'slow'] }) root(): void {}
    @Switch({ cases: { t: 'target', other: null } }) route(): 't' | 'other' {
      return 't';
    }
    @Step({ to: 'target' }) async slow(): Promise<string> {
      await new Promise((resolve) => setImmediate(resolve));
      return 'slow';
    }
    @Step() target({ inputs }: { inputs: { slow: string; route?: unknown } } & Ctx<this>): string {
      return inputs.slow;
    }
  }
  const { result, path } = await testRun(new Mixed(), {});
  expect(path).toEqual(['root', 'route', 'slow', 'target']);
  expect(result.outputs.target).toBe('slow');
});

it('B034 join: any runs once with the first success, and its losers are aborted and leave no trace', async () => {
  let aborted = false;
  const loser: Body = async ({ signal, state }) => {
    await whenAborted(signal);
    aborted = signal.aborted;
    Object.assign(state, { mutated: true });
  };
  const { result } = await testRun(new First(ok, loser), {});
  expect(aborted).toBe(true);
  expect(result).toMatchObject({ status: 'success', state: {}, outputs: { join: { x: 'x did it' } } });
  expect(result.state).toEqual({});
  expect(becameOf(result)).toMatchObject({ x: 'done', y: 'lost', join: 'done', after: 'done' });
});

it('B035 join: any survives a failure, but does not run when every parent has failed', async () => {
  const one = (await testRun(new First(fail, async (context) => ok(context)), {})).result;
  expect([one.status, becameOf(one).join, one.outputs.join]).toEqual(['success', 'done', { y: 'y did it' }]);
  const none = (await testRun(new First(fail, fail), {})).result;
  expect([none.status, becameOf(none).join, becameOf(none).after]).toEqual(['failed', 'failed', 'ended']);
  expect(none.errors).toHaveLength(3);
});

it('B036 join: any is dead when all its parents skip, and an event and the ledger say so', async () => {
  const { events, result } = await testRun(
    new First(
      () => skip(),
      () => skip(),
    ),
    {},
  );
  expect(joinsOf(events)).toEqual([[[], ['x', 'y']]]);
  expect(becameOf(result)).toMatchObject({ x: 'skipped', y: 'skipped', join: 'dead', after: 'dead' });
  expect(result.ledger.after.by).toBe('x');
});

it('B037 every join is told before it begins, with who has arrived and who is dead', async () => {
  const { events } = await testRun(new Both(() => skip(), ok), {});
  expect(joinsOf(events)).toEqual([[['y'], ['x']]]);
  const told = shortly(events);
  expect(told.indexOf('join join')).toBe(told.indexOf('step-start join') - 1);
});

it('B038 a late parent is bounded by its own timeout, and its handler lets the join run without it', async () => {
  class Late extends Both {
    @Step({ to: 'join', timeout: 50, onError: 'tooLate' }) override async y({ signal }: Ctx<this>): Promise<void> {
      await whenAborted(signal);
    }
    @OnError() tooLate(): Skip {
      return skip();
    }
  }
  const clock = virtualClock();
  const running = testRun(new Late(ok, ok), {}, { clock });
  await clock.advance(50);
  const { result } = await running;
  expect(result.outputs.join).toEqual({ x: 'x did it' });
  expect(result.status).toBe('success');
});

it('B039 what follows a join that has failed and was recovered runs', async () => {
  class Recovered extends Both {
    @Step({ to: 'after', onError: 'repair' }) override join(): unknown {
      throw new Error('join broke');
    }
    @OnError() repair(): string {
      return 'repaired';
    }
  }
  const { result } = await testRun(new Recovered(ok, ok), {});
  expect(becameOf(result)).toMatchObject({ join: 'recovered', after: 'done' });
  expect(result).toMatchObject({ status: 'success', outputs: { join: 'repaired' } });
});

it('B040 no option of a join is ignored: its timeout bounds its own body, and an unknown one is refused', async () => {
  class Slow extends First {
    @Step({ to: 'after', join: 'any', timeout: 50 }) override async join({ signal }: Ctx<this>): Promise<void> {
      await whenAborted(signal);
    }
  }
  const clock = virtualClock();
  const running = testRun(new Slow(ok, ok), {}, { clock });
  await clock.advance(50);
  expect((await running).result.error).toBeInstanceOf(StepTimeoutError);
  const steps: StepSpec[] = [
    { name: 'a', to: 'b' },
    { name: 'b', join: 'any', options: { joinTimeout: 50 } },
  ];
  expect(() => planOf(buildPipeline({ extends: Pipeline as never, steps }))).toThrow('joinTimeout');
});

it('B041 a join inside a loop runs once in every round', async () => {
  class Rounds extends Pipeline<{ joined: number[] }> {
    @Step({ to: ['x', 'y'] }) again(): void {}
    @Step({ to: 'join' }) x(): void {}
    @Step({ to: 'join' }) async y(): Promise<void> {}
    @Step({ goto: 'again' }) join({ state, inputs }: Join<this, { x: void; y: void }>) {
      state.joined.push(Object.keys(inputs).length);
      return state.joined.length < 3 ? goto('again') : undefined;
    }
  }
  const { result } = await testRun(new Rounds(), { joined: [] });
  expect(result.state.joined).toEqual([2, 2, 2]);
  expect(result.ledger).toMatchObject({ join: { visits: ['done', 'done', 'done'] } });
});

it('B043 naming a step twice in to is a mistake of the class', () => {
  const Twice = buildPipeline({ steps: [{ name: 'a', to: ['b', 'b'] }, { name: 'b' }] });
  expect(() => planOf(Twice as never)).toThrow(BlueprintError);
  expect(() => planOf(Twice as never)).toThrow('DUPLICATE_TARGET');
});

it('B044 a join of an each and a plain step waits for every item', async () => {
  class Items extends Pipeline<object> {
    @Step({ to: ['work', 'plain'] }) load(): number[] {
      return [3, 1, 2];
    }
    @ForEach({ to: 'join' }) async work({ item }: Each<this, number>): Promise<number> {
      for (let turn = 0; turn < item; turn++) await new Promise((resolve) => setImmediate(resolve));
      return item * 10;
    }
    @Step({ to: 'join' }) plain(): string {
      return 'plain';
    }
    @Step() join({ inputs }: Join<this, { work: number[]; plain: string }>): unknown {
      return inputs;
    }
  }
  const { result } = await testRun(new Items(), {});
  expect(result.outputs.join).toEqual({ work: [30, 10, 20], plain: 'plain' });
});
