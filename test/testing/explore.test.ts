import { describe, expect, it } from 'vitest';
import { Pipeline, Step, type Ctx, type Join } from 'stepstream';
import { explore, SeedFailedError, type ExploreOptions, type Seeded } from '../../src/testing/index.js';
import { rest } from '../../src/testing/rest.js';

interface Log {
  lines: string[];
}

/** Three branches that settle at once; in which order they commit is the walk's reports' doing alone. */
class Race extends Pipeline<Log> {
  @Step({ to: ['a', 'b', 'c'] })
  start(): void {}
  @Step({ to: 'end' })
  a({ state }: Ctx<this>): void {
    state.lines.push('a');
  }
  @Step({ to: 'end' })
  b({ state }: Ctx<this>): void {
    state.lines.push('b');
  }
  @Step({ to: 'end' })
  async c({ state }: Ctx<this>): Promise<void> {
    for (let i = 0; i < 30; i++) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    state.lines.push('c');
  }
  @Step({ join: 'all' })
  end(): void {}
}

const ordersOf = async (options: ExploreOptions): Promise<Map<string, string>> => {
  const seen = new Map<string, string>();
  await explore(options, async (seeded) => {
    const { result } = await seeded.run(new Race(), { lines: [] });
    seen.set(seeded.seed, result.state.lines.join(''));
  });
  return seen;
};

const failureOf = async (options: ExploreOptions, test: (seeded: Seeded) => Promise<unknown>) =>
  explore(options, test).then(
    () => undefined,
    (error: unknown) => error as SeedFailedError,
  );

describe('explore', () => {
  it('reports settled steps in every order', async () => {
    const seen = await ordersOf({ runs: 100 });
    expect([...new Set(seen.values())].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    expect([...seen.keys()]).toEqual(Array.from({ length: 100 }, (_, i) => String(i + 1)));
  });

  it('reports them together and alone', async () => {
    const groups = new Set<string>();
    for (let seed = 1; seed <= 60; seed++) {
      const { decisions } = (await failureOf({ seed: String(seed) }, async (seeded) => {
        await seeded.run(new Race(), { lines: [] });
        throw new Error('show me');
      }))!;
      expect(decisions[0]).toBe('start');
      expect(decisions.at(-1)).toBe('end');
      groups.add(
        decisions
          .slice(1, -1)
          .map((keys) => keys.split(' + ').length)
          .join(),
      );
    }
    expect([...groups].sort()).toEqual(['1,1,1', '1,2', '2,1', '3']);
  });

  it('does the same for the same seed, whatever the other seeds are', async () => {
    const all = await ordersOf({ runs: 40 });
    for (const seed of ['7', '23', '40']) expect((await ordersOf({ seed })).get(seed)).toBe(all.get(seed));
    expect((await ordersOf({ runs: 1, from: 23 })).get('23')).toBe(all.get('23'));
  });

  it('says how many orders there were', async () => {
    const { runs, orders } = await explore({ runs: 50 }, (seeded) => seeded.run(new Race(), { lines: [] }));
    expect(runs).toBe(50);
    // 3! orders of three alone, 3 × 2 of a pair and one, in either order of the pair, and 3! of all three together.
    expect(orders).toBeGreaterThan(12);
    expect(await explore({ runs: 3 }, async () => undefined)).toEqual({ runs: 3, orders: 1 });
  });

  it('names the first seed under which the test fails, and replays it', async () => {
    const test = async (seeded: Seeded) => {
      const { result } = await seeded.run(new Race(), { lines: [] });
      expect(result.state.lines.join('')).not.toBe('cba');
    };
    const error = (await failureOf({ runs: 200 }, test))!;
    expect(error).toBeInstanceOf(SeedFailedError);
    expect(error).toMatchObject({ code: 'SEED_FAILED', name: 'SeedFailedError' });
    expect((error.cause as Error).name).toBe('AssertionError');
    expect(error.message).toContain(
      `With the seed "${error.seed}" (${error.seed} of 200) the test fails: AssertionError: `,
    );
    expect(error.message).toContain('Reported in this order: start, c, b, a, end.');
    expect(error.message).toContain(`Replay it: explore({ seed: '${error.seed}' }, …).`);
    expect(error.message).not.toContain('something else decides');
    const replayed = (await failureOf({ seed: error.seed }, test))!;
    expect([replayed.seed, replayed.decisions]).toEqual([error.seed, error.decisions]);
  });

  it('says so when a seed that has failed does not fail again', async () => {
    let calls = 0;
    const error = await failureOf({ runs: 5 }, async () => {
      if (++calls === 3) throw new Error('sometimes');
    });
    expect(error!.seed).toBe('3');
    expect(error!.message).toContain('Tried again with this seed it did not fail, so something else decides too.');
    expect(calls).toBe(4);
  });

  it('names the steps that only the real outside could end', async () => {
    class Real extends Pipeline<object> {
      @Step({ to: 'next' })
      async fetch(): Promise<void> {
        // Longer than everything else takes to come to rest, however slow this machine is.
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
      @Step()
      next(): void {
        throw new Error('no');
      }
    }
    const error = await failureOf({ seed: 'x' }, async (seeded) => {
      const { result } = await seeded.run(new Real(), {});
      expect(result.status).toBe('success');
    });
    expect(error!.message).toContain('The real outside has ended: fetch.');
  });

  it('gives up on a seed under which nothing moves any more, naming what still runs', async () => {
    class Stuck extends Pipeline<object> {
      @Step()
      wait(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    const error = await failureOf({ seed: 'x', timeout: 50 }, (seeded) => seeded.run(new Stuck(), {}));
    expect(error!.message).toContain('The test has not ended within 50 ms. Still running: wait.');
  });

  it('fails with what the test throws at once, whatever that is', async () => {
    const error = await failureOf({ seed: 'x' }, () => {
      throw 'a string';
    });
    expect([error!.cause, error!.decisions]).toEqual(['a string', []]);
    expect(error!.message).toContain('the test fails: a string\nIt decided nothing. Replay it');
  });

  it('says as much of what the test throws as makes sense alone', async () => {
    const error = await failureOf({ seed: 'x' }, async () => {
      throw new Error('Two things are wrong:\n  - one\n  - two');
    });
    expect(error!.message).toContain('the test fails: Error: Two things are wrong:\n  - one\nIt decided nothing.');
  });

  it('decides over all runs of a test together', async () => {
    class Shared extends Pipeline<{ name: string }> {
      readonly log: string[] = [];
      @Step({ to: 'second', concurrency: 1 })
      async first({ state }: Ctx<this>): Promise<void> {
        this.log.push(`${state.name}1`);
      }
      @Step()
      second({ state }: Ctx<this>): void {
        this.log.push(`${state.name}2`);
      }
    }
    const seen = new Set<string>();
    await explore({ runs: 60 }, async (seeded) => {
      const shared = new Shared();
      await Promise.all(['a', 'b'].map((name) => seeded.run(shared, { name })));
      seen.add(shared.log.join(' '));
    });
    expect([...seen].sort()).toEqual(['a1 b1 a2 b2', 'a1 b1 b2 a2']);
  });

  it('puts a run under the seed by its options too, and gives it an id of its own', async () => {
    const seen = new Set<string>();
    await explore({ runs: 40 }, async (seeded) => {
      const { state } = await new Race().run({ lines: [] }, { ...seeded.options }).result;
      seen.add(state.lines.join(''));
    });
    expect(seen.size).toBe(6);
  });

  it('gives the test numbers and choices that follow from the seed', async () => {
    const draw = async (seed: string) => {
      let drawn: unknown;
      await explore({ seed }, async (seeded) => {
        drawn = [seeded.random(), seeded.pick(['x', 'y', 'z']), seeded.random()];
      });
      return drawn;
    };
    expect(await draw('a')).toEqual(await draw('a'));
    expect(await draw('a')).not.toEqual(await draw('b'));
  });

  it.each<[string, object]>([
    ['no runs', { runs: 0 }],
    ['half a run', { runs: 1.5 }],
    ['a seed that is a number', { seed: 5 }],
    ['an empty seed', { seed: '' }],
    ['a beginning that is no number', { from: 'x' }],
    ['an unknown order of timers', { timers: 'all' }],
  ])('refuses %s', async (_, options) => {
    await expect(explore(options as ExploreOptions, async () => undefined)).rejects.toMatchObject({
      code: 'INVALID_TEST_OPTION',
    });
  });
});

describe('time under a seed', () => {
  /** Which of four alarms ring in which order, by name; two of them are due together. */
  const alarms = async (options: ExploreOptions): Promise<Set<string>> => {
    const seen = new Set<string>();
    await explore(options, async ({ clock }) => {
      const rung: string[] = [];
      const set = async (name: string, milliseconds: number) => {
        await clock.sleep(milliseconds);
        expect(clock.now()).toBeGreaterThanOrEqual(milliseconds);
        rung.push(name);
      };
      await Promise.all([set('b', 20), set('a', 10), set('c', 20), set('d', 30)]);
      seen.add(rung.join(''));
    });
    return seen;
  };

  it('passes by itself, and permutes what is due together', async () => {
    expect([...(await alarms({ runs: 30 }))].sort()).toEqual(['abcd', 'acbd']);
  });

  it('permutes all that waits for time if it may', async () => {
    expect((await alarms({ runs: 400, timers: 'any' })).size).toBe(24);
  });

  it('never goes back', async () => {
    await explore({ runs: 50, timers: 'any' }, async ({ clock }) => {
      let before = 0;
      const watch = (): void => {
        expect(clock.now()).toBeGreaterThanOrEqual(before);
        before = clock.now();
      };
      await Promise.all([5, 40, 20].map((milliseconds) => clock.sleep(milliseconds).then(watch)));
      expect(clock.now()).toBe(40);
    });
  });

  it('lets a timeout win against a body that is late', async () => {
    const statuses = async (options: ExploreOptions) => {
      const seen = new Set<string>();
      await explore(options, async (seeded) => {
        class Slow extends Pipeline<object> {
          @Step({ timeout: 100 })
          work({ signal }: Ctx<this>): Promise<void> {
            return seeded.clock.sleep(50, signal);
          }
        }
        seen.add((await seeded.run(new Slow(), {})).result.status);
      });
      return [...seen].sort();
    };
    expect(await statuses({ runs: 20 })).toEqual(['success']);
    expect(await statuses({ runs: 20, timers: 'any' })).toEqual(['failed', 'success']);
  });

  it('makes a retry of every run that it can, with its delays', async () => {
    class Flaky extends Pipeline<object> {
      @Step({ to: 'join', retry: { attempts: 3, delay: 60_000 } })
      left({ attempt }: Ctx<this>): number {
        if (attempt < 3) throw new Error('busy');
        return attempt;
      }
      @Step({ to: 'join' })
      right(): string {
        return 'right';
      }
      @Step({ to: ['left', 'right'] })
      start(): void {}
      @Step()
      join({ inputs }: Join<this, { left: number; right: string }>): string {
        return `${inputs.left} ${inputs.right}`;
      }
    }
    await explore({ runs: 20 }, async (seeded) => {
      const { result } = await seeded.run(new Flaky(), {});
      expect([result.outputs.join, result.duration]).toEqual(['3 right', 120_000]);
    });
  });

  it('keeps nothing waiting when the test has ended', async () => {
    await explore({ runs: 5 }, async (seeded) => {
      await seeded.run(new Race(), { lines: [] }, { timeout: 1_000 });
      await rest();
      expect(seeded.clock.pending).toEqual([]);
    });
  });
});
