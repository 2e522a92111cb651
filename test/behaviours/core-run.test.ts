import { Pipeline, RunFailedError, Step, StepError, Streaming, type Ctx } from 'stepstream';
import { testRun } from 'stepstream/testing';
import { beforeEach, expect, it } from 'vitest';
import { eventsOf, shortly } from '../support/events-of.js';
import { recordEvents } from '../support/record-events.js';
import { whenAborted } from '../support/when-aborted.js';
import { becameOf } from './became-of.js';

beforeEach(() => expect.hasAssertions());

class Line extends Pipeline<{ fail?: boolean }> {
  @Step({ to: 'b' })
  async a({ state, runId }: Ctx<this>): Promise<string> {
    if (state.fail) throw new TypeError('no flour');
    return runId;
  }
  @Step() b(): void {}
}

/** A root, two steps side by side and a join; what a side does is injected. */
class Diamond extends Pipeline<object> {
  readonly x: (signal: AbortSignal) => unknown;
  readonly y: (signal: AbortSignal) => unknown;
  constructor(x: Diamond['x'], y: Diamond['y']) {
    super();
    this.x = x;
    this.y = y;
  }
  @Step({ to: ['left', 'right'] }) root(): void {}
  @Step({ to: 'join' }) left({ signal }: Ctx<this>): unknown {
    return this.x(signal);
  }
  @Step({ to: 'join' }) right({ signal }: Ctx<this>): unknown {
    return this.y(signal);
  }
  @Step() join(): void {}
}

const explode = (): never => {
  throw new Error('boom');
};

it('B001 two steps in a line tell run-start, the start and end of each, and run-end', async () => {
  expect(shortly(await eventsOf(new Line().run({})))).toEqual([
    'run-start',
    'step-start a',
    'step-end a',
    'step-start b',
    'step-end b',
    'run-end success',
  ]);
});

it('B002 every yielded value is one token, in order and as it was, null and objects too', async () => {
  const values = ['a', null, { deep: [1, { two: 2 }] }, 0, '', [false]];
  class Stream extends Pipeline<object> {
    @Streaming() async *speak(): AsyncGenerator<unknown> {
      yield* values;
    }
  }
  const { events, tokens } = await testRun(new Stream(), {});
  expect(tokens).toEqual(values);
  const told = ['run-start', 'step-start', ...values.map(() => 'token'), 'step-end', 'run-end'];
  expect(events.map(({ type }) => type)).toEqual(told);
});

it('B003 a run that is read to its end has one run-end, the last event, which agrees with the result', async () => {
  const { events, result } = await testRun(new Line(), {});
  const last = events.at(-1)!;
  expect(events.filter(({ type }) => type === 'run-end')).toEqual([last]);
  expect(last).toMatchObject({ status: 'success', ledger: result.ledger, at: expect.any(Number) });
  expect(result).toMatchObject({ status: 'success', usage: { input: 0, output: 0 } });
  expect(result.duration).toBeGreaterThanOrEqual(0);
});

it('B004 what follows a failed step is not started, and the run has failed', async () => {
  const { events, result } = await testRun(new Line(), { fail: true });
  expect(shortly(events)).toEqual(['run-start', 'step-start a', 'step-error a', 'run-end failed']);
  expect(becameOf(result)).toEqual({ a: 'failed', b: 'ended' });
});

it('B005 a join does not run when one of its parents has failed', async () => {
  const { events, result } = await testRun(new Diamond(explode, () => 'fine'), {});
  expect(result.status).toBe('failed');
  expect(becameOf(result)).toMatchObject({ root: 'done', left: 'failed', join: 'ended' });
  expect(shortly(events)).not.toContain('step-start join');
});

it('B006 a failed step aborts its siblings, which end as cancelled', async () => {
  let reason: unknown;
  const sibling = async (signal: AbortSignal): Promise<void> => {
    await whenAborted(signal);
    reason = signal.reason;
  };
  const { result } = await testRun(new Diamond(explode, sibling), {});
  expect(reason).toBeInstanceOf(Error);
  expect(becameOf(result)).toEqual({ root: 'done', left: 'failed', right: 'cancelled', join: 'ended' });
});

it('B007 a failed run throws behind run-end and rejects its result; throwOnFailure: false does neither', async () => {
  const seen: string[] = [];
  const run = new Line().run({ fail: true });
  const reading = (async () => {
    for await (const { type } of run) seen.push(type);
  })();
  await expect(reading).rejects.toBeInstanceOf(RunFailedError);
  expect(seen.at(-1)).toBe('run-end');
  await expect(run.result).rejects.toMatchObject({ result: { status: 'failed' } });
  const quiet = new Line().run({ fail: true }, { throwOnFailure: false });
  for await (const { type } of quiet) seen.push(type);
  expect(seen.filter((type) => type === 'run-end')).toHaveLength(2);
  expect((await quiet.result).status).toBe('failed');
});

it('B008 errors has every failure in the order of the reports, error the one that the run failed of', async () => {
  class Race extends Pipeline<object> {
    @Step({ to: ['x', 'y'] }) root(): void {}
    @Step({ to: 'first' }) x(): never {
      throw new Error('x broke');
    }
    @Step({ to: 'first' }) async y(): Promise<never> {
      throw new Error('y broke');
    }
    @Step({ join: 'any' }) first(): void {}
  }
  const { error, errors } = (await testRun(new Race(), {})).result;
  expect(errors.map((each) => (each as StepError).step)).toEqual(['x', 'y', 'first']);
  expect(error).toBe(errors[2]);
  expect((error!.cause as AggregateError).errors).toEqual(errors.slice(0, 2));
});

it('B009 an error is told as plain data, and kept in process as it was thrown', async () => {
  class Quota extends Error {
    override readonly name = 'Quota';
    readonly code = 'QUOTA';
    readonly left = 3;
  }
  const thrown = new Quota('used up');
  const { events, result } = await testRun(
    new Diamond(
      () => 1,
      () => {
        throw thrown;
      },
    ),
    {},
  );
  const told = events.find(({ type }) => type === 'step-error');
  const error = { name: 'Quota', message: 'used up', code: 'QUOTA', step: 'right', attempt: 1 };
  expect(told).toMatchObject({ error });
  expect(Object.keys((told as { error: object }).error).sort()).toEqual(Object.keys(error).sort());
  expect(result.error).toBeInstanceOf(StepError);
  expect(result.error!.cause).toBe(thrown);
});

it('B010 a run with the smallest buffer and more branches than it holds ends', async () => {
  class Wide extends Pipeline<object> {
    @Step({ to: ['a', 'b', 'c', 'd'] }) root(): void {}
    @Streaming({ to: 'join' }) async *a(): AsyncGenerator<number> {
      yield* [1, 2, 3];
    }
    @Streaming({ to: 'join' }) async *b(): AsyncGenerator<number> {
      yield* [4, 5, 6];
    }
    @Step({ to: 'join' }) c(): void {}
    @Step({ to: 'join' }) d(): void {}
    @Step() join(): void {}
  }
  const { result, tokens } = await testRun(new Wide(), {}, { buffer: 1 });
  expect(result.status).toBe('success');
  expect(tokens.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
});

it('B011 two runs at once of one instance have ids of their own, and their events do not mix', async () => {
  const line = new Line();
  const runs = [line.run({}), line.run({})];
  const told = await Promise.all(runs.map((run) => eventsOf(run)));
  expect(runs[0].id).not.toBe(runs[1].id);
  for (const [at, events] of told.entries()) {
    expect(events).toHaveLength(6);
    expect(new Set(events.map(({ runId }) => runId))).toEqual(new Set([runs[at].id]));
    expect((await runs[at].result).outputs.a).toBe(runs[at].id);
  }
});

it('B012 several entries start in the order in which they are declared', async () => {
  class Entries extends Pipeline<object> {
    @Step({ entry: true }) zebra(): void {}
    @Step({ entry: true }) apple(): void {}
    @Step({ entry: true }) mango(): void {}
  }
  const { events } = await testRun(new Entries(), {});
  const started = shortly(events).filter((told) => told.startsWith('step-start'));
  expect(started).toEqual(['step-start zebra', 'step-start apple', 'step-start mango']);
});

it('B013 seq counts 1, 2, 3 without a gap in the order in which iterators and listeners are told', async () => {
  const run = new Diamond(
    () => 1,
    async () => 2,
  ).run({});
  const heard = recordEvents(run);
  const read = await eventsOf(run);
  expect(read.map(({ seq }) => seq)).toEqual(read.map((_, place) => place + 1));
  // To whom state-change matters is told it; nothing changes here.
  expect(heard.map(({ seq, type }) => [seq, type])).toEqual(read.map(({ seq, type }) => [seq, type]));
  expect(new Set(read.map(({ runId }) => runId))).toEqual(new Set([run.id]));
});
