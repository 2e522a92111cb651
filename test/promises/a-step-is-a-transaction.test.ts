import { Pipeline, StateConflictError, Step, type Ctx, type PipelineOptions } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { buildPipeline, type PipelineSpec } from '../support/build-class.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';

type Counter = Pipeline<{ count: number }>;

/** Fifty steps side by side that each count one up. */
function fifty(merge?: 'sum'): Counter {
  const names = Array.from({ length: 50 }, (_, i) => `n${i}`);
  const spec: PipelineSpec<never> = {
    name: 'Fifty',
    extends: Pipeline as never,
    pipeline: merge && { merge: { count: merge } },
    steps: [
      { name: 'split', to: names },
      ...names.map((name) => ({
        name,
        body: {
          async [name]({ state }: { state: { count: number } }) {
            await Promise.resolve();
            state.count++;
          },
        }[name],
      })),
    ],
  };
  const Fifty = buildPipeline(spec) as unknown as new () => Counter;
  return new Fifty();
}

describe('promise 7: a step is a transaction on state', () => {
  it('fifty parallel count++ are a conflict that names both steps and the remedy, never one (A.3, A.4)', async () => {
    const { status, error, state, errors } = await outcomeOf(fifty().run({ count: 0 }));
    expect(status).toBe('failed');
    expect(error).toBeInstanceOf(StateConflictError);
    expect(error).toMatchObject({ step: 'n1', other: 'n0', path: ['count'] });
    expect(error?.message).toContain("merge: { count: 'sum' }");
    expect(errors).toEqual([error]);
    expect(state).toEqual({ count: 1 });
  });

  it("fifty parallel count++ with merge: { count: 'sum' } are fifty (A.3)", async () => {
    expect((await fifty('sum').run({ count: 7 }).result).state).toEqual({ count: 57 });
  });

  it('a conflict is neither retried nor handed to a handler (A.4)', async () => {
    const seen: string[] = [];
    class Conflict extends Pipeline<{ n: number }> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ retry: 3 })
      b({ state }: Ctx<this>): void {
        seen.push('b');
        state.n = 1;
      }
      @Step({ retry: 3 })
      c({ state }: Ctx<this>): void {
        seen.push('c');
        // The same value is a conflict all the same.
        state.n = 1;
      }
    }
    const { error } = await outcomeOf(new Conflict().run({ n: 0 }));
    expect(error).toBeInstanceOf(StateConflictError);
    expect(seen).toEqual(['b', 'c']);
  });

  it('a step sees the version that was committed when it was started, whatever the timing of its first look (A.1)', async () => {
    for (const look of ['early', 'late'] as const) {
      const committed = gate();
      class Versions extends Pipeline<{ deep: { a: number }; saw: number; ended: number }> {
        @Step({ to: ['quick', 'slow'] })
        split(): void {}
        @Step({ to: 'next' })
        quick({ state }: Ctx<this>): void {
          state.deep.a = 1;
        }
        @Step()
        next({ state }: Ctx<this>): void {
          state.ended = state.deep.a;
          committed.open();
        }
        @Step()
        async slow(context: Ctx<this>): Promise<void> {
          if (look === 'early') expect(context.state.deep.a).toBe(0);
          await committed.promise;
          await new Promise(setImmediate);
          context.state.saw = context.state.deep.a;
        }
      }
      const { state } = await new Versions().run({ deep: { a: 0 }, saw: -1, ended: -1 }).result;
      expect(state).toEqual({ deep: { a: 1 }, saw: 0, ended: 1 });
    }
  });

  it('leaves no trace when it fails, also not of an earlier attempt (A.2)', async () => {
    class Failing extends Pipeline<{ list: number[]; deep: { n: number } }> {
      @Step({ to: 'second' })
      first({ state }: Ctx<this>): void {
        state.list.push(1);
      }
      @Step({ retry: 2 })
      second({ state, attempt }: Ctx<this>): void {
        expect(state).toEqual({ list: [1], deep: { n: 0 } });
        state.list.push(attempt);
        state.deep.n = attempt;
        throw new Error('no');
      }
    }
    expect((await outcomeOf(new Failing().run({ list: [], deep: { n: 0 } }))).state).toEqual({
      list: [1],
      deep: { n: 0 },
    });
  });

  it('parallel changes of different fields merge, at any depth, and growths are concatenated in order of the reports (A.3)', async () => {
    class Merging extends Pipeline<{ user: { name: string; age: number }; log: string[]; done?: boolean }> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step()
      b({ state }: Ctx<this>): void {
        state.user.name = 'Ada';
        state.log.push('b');
        state.done = true;
      }
      @Step()
      c({ state }: Ctx<this>): void {
        state.user = { ...state.user, age: 36 };
        state.log = [...state.log, 'c'];
        state.done = true;
      }
    }
    const { state } = await new Merging().run({ user: { name: '', age: 0 }, log: ['start'] }).result;
    expect(state).toEqual({ user: { name: 'Ada', age: 36 }, log: ['start', 'b', 'c'], done: true });
  });

  it('a merge function decides for its field (A.3)', async () => {
    class Best extends Pipeline<{ best: number }> {
      static readonly pipeline = {
        merge: { best: (_base, committed, mine) => Math.max(committed, mine) },
      } satisfies PipelineOptions<{ best: number }>;
      @Step({ to: ['b', 'c', 'd'] })
      a(): void {}
      @Step()
      b({ state }: Ctx<this>): void {
        state.best = 3;
      }
      @Step()
      c({ state }: Ctx<this>): void {
        state.best = 9;
      }
      @Step()
      d({ state }: Ctx<this>): void {
        state.best = 5;
      }
    }
    expect((await new Best().run({ best: 0 }).result).state).toEqual({ best: 9 });
  });

  it('a merge function that throws fails the run, naming the step (A.3)', async () => {
    class Broken extends Pipeline<{ n: number }> {
      static readonly pipeline = {
        merge: {
          n: () => {
            throw new Error('no merge');
          },
        },
      };
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step()
      b({ state }: Ctx<this>): void {
        state.n = 1;
      }
      @Step()
      c({ state }: Ctx<this>): void {
        state.n = 2;
      }
    }
    const { status, error } = await outcomeOf(new Broken().run({ n: 0 }));
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'MERGE_FAILED', cause: new Error('no merge') });
  });

  it('the state in a body is an ordinary object: spread, keys, JSON and a whole new field (A.1)', async () => {
    class Ordinary extends Pipeline<{ a: number; deep: { list: number[] }; extra?: unknown }> {
      @Step()
      work({ state }: Ctx<this>): unknown {
        const spread = { ...state };
        state.extra = JSON.parse(JSON.stringify(state)) as unknown;
        delete (state as { a?: number }).a;
        return [Object.keys(spread), 'a' in state, structuredClone(spread)];
      }
    }
    const initial = { a: 1, deep: { list: [1, 2] } };
    const { state, outputs } = await new Ordinary().run(initial).result;
    expect(outputs.work).toEqual([['a', 'deep'], false, initial]);
    expect(state).toEqual({ deep: { list: [1, 2] }, extra: initial });
  });

  it('what is no plain data in the state fails its step by path (A.6)', async () => {
    class Dated extends Pipeline<{ at?: unknown }> {
      @Step()
      work({ state }: Ctx<this>): void {
        state.at = { born: new Date(0) };
      }
    }
    const { error, state } = await outcomeOf(new Dated().run({}));
    expect(error?.message).toMatch(/state\.at\.born/);
    expect(state).toEqual({});
  });
});
