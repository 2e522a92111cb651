import { describe, it } from 'vitest';
import {
  call,
  ForEach,
  OnError,
  Pipeline,
  skip,
  Step,
  Streaming,
  SubPipeline,
  suspend,
  type Ctx,
  type Each,
  type Failure,
} from 'stepstream';
import { explore, expectHonestEvents, type Seeded } from 'stepstream/testing';

interface Chance {
  seed: number;
}

/** What goes wrong follows from the seed and from who asks. */
function chance({ seed }: Chance, who: string): number {
  let h = seed;
  for (const letter of who) h = Math.imul(h ^ letter.charCodeAt(0), 0x01000193);
  return ((h ^ (h >>> 15)) >>> 0) % 100;
}

class Child extends Pipeline<Chance> {
  @Step({ to: ['left', 'right'] })
  begin(): void {}
  @Streaming({ to: 'end', retry: { attempts: 2, delay: 10 } })
  async *left({ state, attempt }: Ctx<this>): AsyncGenerator<string> {
    yield 'l';
    if (chance(state, `left ${attempt}`) < 40) throw new Error('left');
    yield 'L';
  }
  @Streaming({ to: 'end' })
  async *right({ state }: Ctx<this>): AsyncGenerator<string> {
    yield 'r';
    await Promise.resolve();
    if (chance(state, 'right') < 25) throw new Error('right');
  }
  @Step({ join: 'all' })
  end(): void {}
}

/** Retried, lost, recovered, skipped and answered: alone, per item, and inside of another pipeline. */
class Everything extends Pipeline<Chance> {
  static readonly pipeline = { name: 'everything' };
  private readonly child = new Child();
  @Step({ to: ['inner', 'items', 'quick'] })
  start(): number[] {
    return [1, 2, 3];
  }
  @SubPipeline(() => Child, { to: 'first', retry: { attempts: 2, delay: 5 } })
  inner({ state, attempt }: Ctx<this>) {
    return call(this.child, { seed: state.seed + attempt });
  }
  @ForEach({ to: 'first', onItemError: 'skip', onError: 'instead' })
  async *items({ state, index }: Each<this, number>): AsyncGenerator<string, string> {
    yield `i${index}`;
    if (chance(state, `item ${index}`) < 30) throw new Error('item');
    return `${index}`;
  }
  @Step({ to: 'first' })
  quick({ state }: Ctx<this>) {
    if (chance(state, 'quick') < 50) return skip();
    if (chance(state, 'quick') < 80) throw new Error('quick');
    return 'quick';
  }
  @OnError()
  async *instead({ error }: Failure<this>): AsyncGenerator<string, string> {
    yield 'x';
    if (chance({ seed: 7 }, (error as Error).message) < 0) throw error;
    return 'instead';
  }
  @Step({ join: 'any', to: ['ask', 'beside'] })
  first(): string[] {
    return ['a', 'bb'];
  }
  @Step({ to: 'last' })
  ask({ state }: Ctx<this>) {
    return chance(state, 'ask') < 50 ? suspend<string, string>('well?') : 'not asked';
  }
  @SubPipeline(() => Child, { to: 'last', each: true, onItemError: 'skip' })
  beside({ item }: Each<this, string>) {
    return call(this.child, { seed: item.length });
  }
  @Streaming({ join: 'all' })
  async *last(): AsyncGenerator<string> {
    yield 'z';
  }
}

describe('expectHonestEvents, for every kind of step', () => {
  const check = async (seeded: Seeded, options: object): Promise<void> => {
    const state = { seed: Math.floor(seeded.random() * 1_000_000) };
    expectHonestEvents(await seeded.run(new Everything(), state, options));
  };

  it('finds nothing wrong, whatever fails, and in whatever order', async () => {
    await explore({ runs: 300 }, (seeded) => check(seeded, { answers: { ask: 'yes' } }));
  });

  it('finds nothing wrong where timers are late, and the run is out of time', async () => {
    await explore({ runs: 200, timers: 'any' }, (seeded) => check(seeded, { timeout: 12 }));
  });
});
