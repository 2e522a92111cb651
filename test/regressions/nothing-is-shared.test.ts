import {
  MisuseError,
  Pipeline,
  Step,
  Streaming,
  type Ctx,
  type Join,
  type RunEvent,
  type RunOptions,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { PORTS } from '../../src/ports/ports.js';
import { outcomeOf } from '../support/outcome-of.js';

type Empty = Record<string, never>;

class Plain extends Pipeline<Empty> {
  @Step()
  work({ usage }: Ctx<this>): void {
    usage({ input: 1, output: 2 });
  }
}

describe('usage()', () => {
  it('counts a model under whatever name it has, and pollutes nothing (D.5, promise 6)', async () => {
    class Billed extends Pipeline<Empty> {
      @Step()
      work({ usage }: Ctx<this>): void {
        for (const model of ['__proto__', 'constructor', '__proto__']) usage({ model, input: 2, output: 3 });
      }
    }
    const run = new Billed().run({});
    const told: unknown[] = [];
    run.on('usage', (event) => void told.push(event.usage.model));
    const { input, output, models } = (await run.result).usage;
    const polluted = ['input', 'output'].filter((name) => name in {} || name in Object);
    // Whatever it has polluted must not reach the other tests.
    for (const name of polluted) for (const owner of [Object.prototype, Object]) Reflect.deleteProperty(owner, name);
    expect(polluted).toEqual([]);
    expect(told).toEqual(['__proto__', 'constructor', '__proto__']);
    expect({ input, output }).toEqual({ input: 6, output: 9 });
    expect(Object.entries(models)).toEqual([
      ['__proto__', { input: 4, output: 6 }],
      ['constructor', { input: 2, output: 3 }],
    ]);
  });
});

describe('the inputs of a join', () => {
  it('are the same for each of its attempts: writing into them throws (B.1, B.2)', async () => {
    const seen: unknown[] = [];
    class Joined extends Pipeline<Empty> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'merge' })
      b(): number {
        return 1;
      }
      @Step({ to: 'merge' })
      c(): number {
        return 2;
      }
      @Step({ retry: 3 })
      merge({ inputs, attempt }: Join<this, { b: number; c?: number }>): void {
        seen.push({ ...inputs });
        if (attempt === 1) inputs.b = 99;
        if (attempt === 2) delete inputs.c;
      }
    }
    const run = new Joined().run({});
    const retried: string[] = [];
    run.on('step-retry', ({ error }) => void retried.push(error.name));
    expect((await run.result).status).toBe('success');
    expect(seen).toEqual(Array.from({ length: 3 }, () => ({ b: 1, c: 2 })));
    expect(retried).toEqual(['TypeError', 'TypeError']);
  });
});

describe('an event that two iterators get', () => {
  const write = (event: RunEvent<never> | undefined): unknown => Reflect.set(event as object, 'seq', 999);

  it('can not be written into, and the other sees it unchanged (E.3)', async () => {
    const run = new Plain().run({});
    const [one, other] = [run.events(), run.events()];
    const [first] = await Promise.all([one.next(), other.next()]);
    expect(() => ((first.value as { seq: number }).seq = 999)).toThrow(TypeError);
    for (let mine = await one.next(); !mine.done; mine = await one.next()) {
      const { seq } = mine.value;
      expect(write(mine.value as never)).toBe(false);
      expect((await other.next()).value?.seq).toBe(seq);
    }
  });

  it('can not be written into either if it was kept before the second one came (E.2, E.3)', async () => {
    const run = new Plain().run({});
    const one = run.events();
    await one.next();
    await run.result;
    const other = run.events();
    const kept: unknown = (await other.next()).value;
    expect(kept).toMatchObject({ type: 'step-start', seq: 2 });
    expect(Reflect.set(kept as object, 'seq', 999)).toBe(false);
    expect((await one.next()).value).toMatchObject({ type: 'step-start', seq: 2 });
    await Promise.all([one.return?.(), other.return?.()]);
  });

  it('can not be written into either if it came from the buffer (E.2)', async () => {
    const run = new Plain().run({}, { buffer: 100 });
    await run.result;
    const seqs = async (): Promise<number[]> => {
      const seen: number[] = [];
      for await (const event of run) {
        seen.push(event.seq);
        expect(write(event as never)).toBe(false);
      }
      return seen;
    };
    expect(await seqs()).toEqual([1, 2, 3, 4, 5]);
    expect(await seqs()).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('the options of run()', () => {
  const start =
    (options: object): (() => unknown) =>
    () =>
      new Plain().run({}, options);

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'refuse %s, which is no option, and name those there are (E.1)',
    (name) => {
      const options = Object.fromEntries([[name, 1]]);
      expect(start(options)).toThrow(MisuseError);
      expect(start(options)).toThrow(`there is no option "${name}"`);
      expect(start(options)).toThrow(/throwOnFailure/);
    },
  );

  it.each([{ aborted: false }, null, 'now', {}])('refuse %j as a signal at once (E.1)', (signal) => {
    expect(start({ signal })).toThrow(MisuseError);
    expect(start({ signal })).toThrow(/the option signal must be an AbortSignal/);
  });
});

describe('a once() listener', () => {
  /** How often a run of the instance asks for the time: for each event that it makes, and for its duration. */
  const timesAsked = async (streaming: Pipeline<Empty>): Promise<number> => {
    let asked = 0;
    const clock = { now: () => ++asked, after: () => ({ cancel: () => undefined }) };
    const run = streaming.run({}, { [PORTS]: { clock } } as RunOptions);
    expect((await outcomeOf(run)).text).toBe('one');
    return asked;
  };
  class Streamed extends Pipeline<Empty> {
    @Streaming()
    async *speak(): AsyncGenerator<string> {
      // Beyond the turn of run(): until then an iterator may still come.
      await new Promise((resolve) => setTimeout(resolve, 5));
      yield 'one';
    }
  }

  it('that has fired costs later runs nothing: they make no events for it (A.8, E.3)', async () => {
    const never = await timesAsked(new Streamed());
    const streamed = new Streamed();
    const heard: string[] = [];
    streamed.once('run-end', ({ status }) => void heard.push(status));
    expect(await timesAsked(streamed)).toBeGreaterThan(never);
    expect(await timesAsked(streamed)).toBe(never);
    expect(heard).toEqual(['success']);
  });
});
