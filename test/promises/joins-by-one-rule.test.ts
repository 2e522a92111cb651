import { Pipeline, skip, Step, type Ctx, type Join } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { whenAborted } from '../support/when-aborted.js';

type Way = 'arrive' | 'skip';

/** Two branches of length one and two into a join; the first may start late. */
class Diamond extends Pipeline<{ b: Way; c: Way }> {
  readonly joined: string[][] = [];
  readonly late = gate();
  @Step({ to: ['b', 'c'] })
  a(): void {}
  @Step({ to: 'e' })
  async b({ state }: Ctx<this>) {
    await this.late.promise;
    return state.b === 'skip' ? skip() : 'b';
  }
  @Step({ to: 'd' })
  c({ state }: Ctx<this>) {
    setImmediate(() => this.late.open());
    return state.c === 'skip' ? skip() : 'c';
  }
  @Step({ to: 'e' })
  d(): string {
    return 'd';
  }
  @Step()
  e({ inputs }: Join<this, { b?: string; d?: string }>): void {
    this.joined.push(Object.keys(inputs).sort());
  }
}

describe('promise 6: joins by one rule', () => {
  it.each<[Way, Way, string[][]]>([
    ['arrive', 'arrive', [['b', 'd']]],
    ['arrive', 'skip', [['b']]],
    ['skip', 'arrive', [['d']]],
    ['skip', 'skip', []],
  ])('one parent %s, the other %s: a join runs once, when all is decided and one has arrived', async (b, c, joined) => {
    const diamond = new Diamond();
    const { status, ledger } = await diamond.run({ b, c }).result;
    expect(status).toBe('success');
    expect(diamond.joined).toEqual(joined);
    expect(ledger.e.status).toBe(joined.length > 0 ? 'done' : 'not taken');
  });

  it('any takes the first success and cancels the loser, with no timeout to get past it', async () => {
    const aborted: string[] = [];
    class Race extends Pipeline<object> {
      @Step({ to: ['never', 'quick'] })
      ask(): void {}
      @Step({ to: 'first' })
      async never({ signal }: Ctx<this>): Promise<string> {
        await whenAborted(signal);
        aborted.push('never');
        return 'never';
      }
      @Step({ to: 'first' })
      quick(): string {
        return 'quick';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { never?: string; quick?: string }>): string[] {
        return Object.keys(inputs);
      }
    }
    const { status, outputs } = await new Race().run({}).result;
    expect(status).toBe('success');
    expect(outputs.first).toEqual(['quick']);
    expect(aborted).toEqual(['never']);
  });

  it('any survives a failure as long as another branch may succeed, and fails when none has', async () => {
    class Race extends Pipeline<{ fail: string[] }> {
      @Step({ to: ['left', 'right'] })
      ask(): void {}
      @Step({ to: 'first' })
      left({ state }: Ctx<this>): string {
        if (state.fail.includes('left')) throw new Error('left');
        return 'left';
      }
      @Step({ to: 'first' })
      async right({ state }: Ctx<this>): Promise<string> {
        if (state.fail.includes('right')) throw new Error('right');
        return 'right';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { left?: string; right?: string }>): string {
        return Object.keys(inputs).join();
      }
    }
    const race = new Race();
    expect((await race.run({ fail: ['left'] }).result).outputs.first).toBe('right');
    expect((await race.run({ fail: ['right'] }).result).outputs.first).toBe('left');
    const { status, error } = await outcomeOf(race.run({ fail: ['left', 'right'] }));
    expect(status).toBe('failed');
    expect(error?.cause).toBeInstanceOf(AggregateError);
  });
});
