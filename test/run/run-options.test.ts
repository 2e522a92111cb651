import { BlueprintError, MisuseError, NotPlainDataError, Pipeline, Step, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

class Sample extends Pipeline<{ deep: { n: number } }> {
  readonly go = gate();
  readonly seen: unknown[] = [];
  @Step()
  async work({ state, context, runId, step, attempt }: Ctx<this>): Promise<void> {
    this.seen.push({ context, runId, step, attempt });
    await this.go.promise;
    state.deep.n++;
  }
}

const free = (): Sample => {
  const sample = new Sample();
  sample.go.open();
  return sample;
};
const state = { deep: { n: 1 } };

describe('run()', () => {
  it('starts in the next microtask, never at once (E.1)', async () => {
    const sample = free();
    const run = sample.run(state);
    expect(sample.seen).toEqual([]);
    const types: string[] = [];
    run.on('run-start', ({ type }) => types.push(type));
    await Promise.resolve();
    expect(types).toEqual(['run-start']);
    await run.result;
  });

  it('copies the state: the object is never written, and later changes to it are not seen (A.7)', async () => {
    const mine = { deep: { n: 1 } };
    const run = free().run(mine);
    mine.deep.n = 100;
    expect((await run.result).state).toEqual({ deep: { n: 2 } });
    expect(mine).toEqual({ deep: { n: 100 } });
    expect((await free().run(Object.freeze({ deep: Object.freeze({ n: 5 }) })).result).state.deep.n).toBe(6);
  });

  it.each([
    ['null', null],
    ['an array', []],
    ['a string', 'state'],
    ['undefined', undefined],
  ])('throws at once for a state that is %s (E.1)', (_, wrong) => {
    expect(() => free().run(wrong as never)).toThrow(MisuseError);
  });

  it('throws at once for a state that is no plain data, by path (E.1, A.6)', () => {
    expect(() => free().run({ deep: { n: new Date() as unknown as number } })).toThrow(NotPlainDataError);
    expect(() => free().run({ deep: { n: new Date() as unknown as number } })).toThrow(/state\.deep\.n/);
  });

  it('throws at once for a class that can’t run; new and the decorators never do (E.1)', () => {
    class Lost extends Pipeline<object> {
      @Step({ to: 'nowhere' as never })
      work(): void {}
    }
    const lost = new Lost();
    expect(() => lost.run({})).toThrow(BlueprintError);
    expect(() => lost.on('run-end', () => undefined)).toThrow(BlueprintError);
  });

  it.each([
    ['an unknown option', { sginal: 1 }],
    ['an id that is no string', { id: 7 }],
    ['an empty id', { id: '' }],
    ['a timeout of 0', { timeout: 0 }],
    ['an infinite timeout', { timeout: Infinity }],
    ['a negative buffer', { buffer: -1 }],
    ['a fractional buffer', { buffer: 1.5 }],
    ['a signal that is none', { signal: {} }],
    ['throwOnFailure that is no boolean', { throwOnFailure: 'no' }],
  ])('throws at once for %s (E.1)', (_, options) => {
    expect(() => free().run(state, options as never)).toThrow(MisuseError);
  });

  it('names the options there are when one is unknown (E.1)', () => {
    expect(() => free().run(state, { sginal: 1 } as never)).toThrow(/"sginal".*signal/s);
  });

  it('takes undefined for an option as not given (E.1)', async () => {
    const run = free().run(state, { id: undefined, signal: undefined, timeout: undefined, buffer: undefined });
    expect((await run.result).status).toBe('success');
  });
});

describe('the context of a run', () => {
  it('reaches each step as it is, and is no one else’s (promise 9)', async () => {
    const sample = free();
    const [a, b] = [{ tenant: 'a' }, { tenant: 'b' }];
    await Promise.all([
      sample.run(state, { id: 'ra', context: a }).result,
      sample.run(state, { id: 'rb', context: b }).result,
    ]);
    expect(sample.seen).toEqual([
      { context: a, runId: 'ra', step: 'work', attempt: 1 },
      { context: b, runId: 'rb', step: 'work', attempt: 1 },
    ]);
  });
});

describe('the id of a run', () => {
  it('is random by default, and no two are equal', async () => {
    const sample = free();
    const runs = Array.from({ length: 100 }, () => sample.run(state));
    expect(new Set(runs.map(({ id }) => id)).size).toBe(100);
    const results = await Promise.all(runs.map(({ result }) => result));
    expect(results.map(({ runId }) => runId)).toEqual(runs.map(({ id }) => id));
  });

  it('of a live run of the instance is refused; of an ended one, or of another instance’s, it is free (E.1, E.7)', async () => {
    const sample = new Sample();
    const first = sample.run(state, { id: 'same' });
    expect(() => sample.run(state, { id: 'same' })).toThrow(/"same" is alive/);
    const other = free().run(state, { id: 'same' });
    expect((await other.result).status).toBe('success');
    sample.go.open();
    await first.result;
    expect((await sample.run(state, { id: 'same' }).result).status).toBe('success');
  });

  it('is free again after a failure and after a cancel (E.7)', async () => {
    class Failing extends Pipeline<object> {
      @Step()
      async work(): Promise<void> {
        await sleep(1);
        throw new Error('no');
      }
    }
    const failing = new Failing();
    for (let i = 0; i < 2; i++) expect((await outcomeOf(failing.run({}, { id: 'x' }))).status).toBe('failed');
    for (let i = 0; i < 2; i++) await failing.run({}, { id: 'x' }).cancel();
  });
});
