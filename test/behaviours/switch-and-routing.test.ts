import {
  goto,
  Pipeline,
  planOf,
  skip,
  Step,
  stop,
  Streaming,
  suspend,
  Switch,
  TooManyVisitsError,
  type Ctx,
} from 'stepstream';
import { testRun, type TestRun } from 'stepstream/testing';
import { beforeEach, expect, it } from 'vitest';
import { buildPipeline } from '../support/build-class.js';
import { shortly } from '../support/events-of.js';
import { becameOf } from './became-of.js';

beforeEach(() => expect.hasAssertions());

interface Key {
  key: unknown;
}

/** A switch with two cases and a third that leads to the end. */
class Strict extends Pipeline<Key> {
  @Switch({ cases: { web: 'web', docs: 'docs', enough: null } }) route({ state }: Ctx<this>) {
    return state.key as 'web' | 'docs' | 'enough';
  }
  @Step() web(): void {}
  @Step() docs(): void {}
}

/** The same with a default. */
class Lenient extends Pipeline<Key> {
  @Switch({ cases: { web: 'web' }, default: 'other' }) route({ state }: Ctx<this>): string {
    return state.key as string;
  }
  @Step() web(): void {}
  @Step() other(): void {}
}

/** One step that returns or yields what is injected, and one behind it that looks at it. */
class Giving extends Pipeline<object> {
  readonly value: unknown;
  constructor(value: unknown) {
    super();
    this.value = value;
  }
  @Step({ to: 'after' }) give(): unknown {
    return this.value;
  }
  @Step() after({ input }: Ctx<this>): string {
    return typeof input === 'undefined' ? 'nothing' : JSON.stringify(input);
  }
}

it('B065 the key that a switch returns decides which one step runs', async () => {
  const { result } = await testRun(new Strict(), { key: 'docs' });
  expect(becameOf(result)).toEqual({ route: 'done', web: 'dead', docs: 'done' });
  expect(result.outputs.route).toBe('docs');
  expect(result.ledger.web.by).toBe('route');
});

it('B066 a key without a case takes the default; without one the switch fails and names the nearest case', async () => {
  expect(becameOf((await testRun(new Lenient(), { key: 'any' })).result)).toMatchObject({ web: 'dead', other: 'done' });
  const { error, ledger } = (await testRun(new Strict(), { key: 'webb' })).result;
  expect(error).toMatchObject({ code: 'UNKNOWN_CASE', step: 'route' });
  expect(error!.message).toContain('"webb"');
  expect(error!.message).toContain('(web, docs, enough). Did you mean "web"?');
  expect(ledger.route.status).toBe('failed');
});

it('B067 a case that leads to null ends the run well, and so does a switch that stops', async () => {
  const { result } = await testRun(new Strict(), { key: 'enough' });
  expect([result.status, becameOf(result)]).toEqual(['success', { route: 'done', web: 'dead', docs: 'dead' }]);
  class Stopping extends Pipeline<Key> {
    @Switch({ cases: { web: 'web' } }) route({ state }: Ctx<this>) {
      return state.key === 'web' ? 'web' : stop();
    }
    @Step() web(): void {}
  }
  const stopped = (await testRun(new Stopping(), { key: 'halt' })).result;
  expect([stopped.status, becameOf(stopped)]).toEqual(['success', { route: 'done', web: 'stopped' }]);
});

it('B069 keys are compared as text, so true and 1 are two cases, and an object or a list is none', async () => {
  class Kinds extends Pipeline<Key> {
    @Switch({ cases: { true: 'yes', 1: 'one' } }) route({ state }: Ctx<this>): true | 1 {
      return state.key as true;
    }
    @Step() yes(): void {}
    @Step() one(): void {}
  }
  expect(becameOf((await testRun(new Kinds(), { key: true })).result)).toMatchObject({ yes: 'done', one: 'dead' });
  expect(becameOf((await testRun(new Kinds(), { key: 1 })).result)).toMatchObject({ yes: 'dead', one: 'done' });
  for (const key of [['1'], { toString: 1 }, null])
    expect((await testRun(new Kinds(), { key })).result.error).toMatchObject({ code: 'UNKNOWN_CASE' });
});

it('B070 cases are edges: their steps are no beginnings, and only the one that was chosen runs, once', async () => {
  expect(planOf(Strict).entries.map((id) => planOf(Strict).steps[id].name)).toEqual(['route']);
  const { events } = await testRun(new Strict(), { key: 'web' });
  expect(shortly(events).filter((told) => told.startsWith('step-start'))).toEqual([
    'step-start route',
    'step-start web',
  ]);
});

it('B071 a switch may be async', async () => {
  class Later extends Pipeline<object> {
    @Switch({ cases: { web: 'web', docs: 'docs' } }) async route(): Promise<'web' | 'docs'> {
      return new Promise((resolve) => setImmediate(() => resolve('web')));
    }
    @Step() web(): void {}
    @Step() docs(): void {}
  }
  expect(becameOf((await testRun(new Later(), {})).result)).toEqual({ route: 'done', web: 'done', docs: 'dead' });
});

it('B072 a goto replaces what stands in to', async () => {
  class Detour extends Pipeline<object> {
    @Step({ to: ['b', 'c'], goto: 'd' }) a() {
      return goto('d', 'by a');
    }
    @Step() b(): void {}
    @Step() c(): void {}
    @Step() d({ input }: Ctx<this, string>): string {
      return input;
    }
  }
  const { result } = await testRun(new Detour(), {});
  expect(becameOf(result)).toEqual({ a: 'done', b: 'dead', c: 'dead', d: 'done' });
  expect(result.outputs).toEqual({ d: 'by a' });
});

it('B073 a text that a step returns is its output, even if it is the name of a step', async () => {
  for (const text of ['hello world', 'after', 'give']) {
    const { result, path } = await testRun(new Giving(text), {});
    expect(path).toEqual(['give', 'after']);
    expect(result.outputs).toEqual({ give: text, after: JSON.stringify(text) });
  }
});

it('B074 whatever plain value a step returns reaches the next one, and what is not plain fails the step', async () => {
  for (const value of [7, 0, false, null, { a: [1] }, ['b'], ''])
    expect((await testRun(new Giving(value), {})).result.outputs.after).toBe(JSON.stringify(value));
  for (const value of [new Uint8Array(2), skip, Giving, new Date(), 7n]) {
    const { result } = await testRun(new Giving(value), {});
    expect(result.error).toMatchObject({ step: 'give', cause: { code: 'NOT_PLAIN_DATA' } });
    expect(becameOf(result)).toEqual({ give: 'failed', after: 'ended' });
  }
});

it('B075 a step that goes to itself still has its way out', async () => {
  class Again extends Pipeline<{ times: number }> {
    @Step({ to: 'after', goto: 'work' }) work({ state }: Ctx<this>) {
      return ++state.times < 3 ? goto('work') : state.times;
    }
    @Step() after({ input }: Ctx<this>): unknown {
      return input;
    }
  }
  const { result } = await testRun(new Again(), { times: 0 });
  expect(becameOf(result)).toEqual({ work: 'done done done', after: 'done' });
  expect(result.outputs.after).toBe(3);
});

/** An agent: thinks, uses a tool and thinks again, and at last answers. */
class Agent extends Pipeline<{ thoughts: number; enough: number }> {
  @Step({ to: 'answer', goto: 'tool', maxVisits: 20 }) think({ state }: Ctx<this>) {
    return ++state.thoughts < state.enough ? goto('tool', state.thoughts) : undefined;
  }
  @Step({ to: 'think' }) tool({ input }: Ctx<this, number>): number {
    return input;
  }
  @Step() answer(): void {}
}

it('B076 an agent goes to its tool and back as often as it likes, and then answers once', async () => {
  const { path, result } = await testRun(new Agent(), { thoughts: 0, enough: 3 });
  expect(path).toEqual(['think', 'tool', 'think', 'tool', 'think', 'answer']);
  expect(result.ledger.answer.visits).toEqual(['done']);
});

it('B077 a step that only a goto leads to is no beginning', async () => {
  const { entries, steps } = planOf(Agent);
  expect(entries.map((id) => steps[id].name)).toEqual(['think']);
  const { path, result } = await testRun(new Agent(), { thoughts: 0, enough: 1 });
  expect([path, becameOf(result).tool]).toEqual([['think', 'answer'], 'dead']);
});

it('B078 a loop without an end is ended by maxVisits, with an error that names its steps', async () => {
  const { result } = await testRun(new Agent(), { thoughts: 0, enough: 1e9 });
  expect(result.error).toBeInstanceOf(TooManyVisitsError);
  expect(result.error!.message).toContain('21st');
  expect(result.error!.message).toContain('"think", "tool"');
  expect(result.ledger.think.visits).toHaveLength(20);
  expect(becameOf(result).answer).toBe('ended');
});

const streaming = (...values: unknown[]): Promise<TestRun<Pipeline<object>>> => {
  const body = async function* (): AsyncGenerator<unknown> {
    yield* values;
  };
  const spec = { name: 'Speaker', pipeline: { name: 'speaker' }, extends: Pipeline as never };
  const steps = [{ name: 'speak', kind: 'streaming' as const, to: 'after', body }, { name: 'after' }];
  const Speaker = buildPipeline({ ...spec, steps }) as unknown as new () => Pipeline<object>;
  return testRun(new Speaker(), {});
};

it('B079 a directive that is yielded is an error that says to return it, and never a token', async () => {
  for (const directive of [stop(), skip(), suspend('why?'), goto('after')]) {
    const { tokens, result } = await streaming('one', directive, 'two');
    expect(tokens).toEqual(['one']);
    expect(result.error).toMatchObject({ code: 'DIRECTIVE_YIELDED', message: expect.stringContaining('return') });
  }
  expect((await streaming('after', 'stop')).tokens).toEqual(['after', 'stop']);
});

it('B080 a stream that asks returns the question, so no token comes behind it', async () => {
  class Asking extends Pipeline<object> {
    static readonly pipeline = { name: 'asking' };
    @Streaming({ to: 'after' }) async *speak() {
      yield 'one';
      return suspend<string>('go on?');
    }
    @Step() after(): void {}
  }
  const { events, result } = await testRun(new Asking(), {});
  expect(shortly(events).slice(1)).toEqual([
    'step-start speak',
    'token speak',
    'step-suspend speak',
    'run-end suspended',
  ]);
  expect(result).toMatchObject({ status: 'suspended', text: 'one', asks: [{ key: 'speak', ask: 'go on?' }] });
});
