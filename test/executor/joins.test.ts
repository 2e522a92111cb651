import { Pipeline, skip, Step, type Ctx, type Join } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';

describe('a join', () => {
  it('runs once, after its last parent, with every output by name (C.4, B.2)', async () => {
    const slow = gate();
    const got: unknown[] = [];
    class Diamond extends Pipeline<object> {
      @Step({ to: ['web', 'docs'] })
      ask(): string {
        return 'q';
      }
      @Step({ to: 'merge' })
      async web(): Promise<number> {
        await slow.promise;
        return 1;
      }
      @Step({ to: 'merge' })
      docs(): string {
        setTimeout(() => slow.open(), 1);
        return 'two';
      }
      @Step()
      merge({ inputs, input }: Join<this, { web: number; docs: string }> & Ctx<this>): void {
        got.push({ inputs, input });
      }
    }
    const { ledger } = await new Diamond().run({}).result;
    // `input` is that of the first parent in plan order, not of the first that arrived.
    expect(got).toEqual([{ inputs: { web: 1, docs: 'two' }, input: 1 }]);
    expect(ledger.merge).toEqual({ status: 'done', visits: ['done'] });
  });

  it('runs with what arrived when a parent skips, and the dead parent is absent (C.3, C.4)', async () => {
    class Half extends Pipeline<object> {
      @Step({ to: ['web', 'docs'] })
      ask(): void {}
      @Step({ to: 'merge' })
      web() {
        return skip();
      }
      @Step({ to: 'merge' })
      docs(): string {
        return 'docs';
      }
      @Step()
      merge({ inputs }: Join<this, { web?: undefined; docs: string }>): string[] {
        return Object.keys(inputs);
      }
    }
    const run = new Half().run({});
    const events = await eventsOf(run);
    expect((await run.result).outputs.merge).toEqual(['docs']);
    expect(events.find(({ type }) => type === 'join')).toMatchObject({
      step: 'merge',
      arrived: ['docs'],
      dead: ['web'],
    });
  });

  it('is dead when no parent arrives, and so is what follows it; the run succeeds (C.4, C.7)', async () => {
    class Dead extends Pipeline<object> {
      @Step({ to: ['web', 'docs'] })
      ask(): void {}
      @Step({ to: 'merge' })
      web() {
        return skip();
      }
      @Step({ to: 'merge' })
      docs() {
        return skip();
      }
      @Step({ to: 'answer' })
      merge(): void {}
      @Step()
      answer(): void {}
    }
    const { status, ledger } = await new Dead().run({}).result;
    expect(status).toBe('success');
    expect(ledger.merge).toEqual({ status: 'not taken', visits: [], why: 'dead', by: 'web' });
    expect(ledger.answer).toEqual({ status: 'not taken', visits: [], why: 'dead', by: 'web' });
  });

  it('of branches of different length waits for the longest, and a long dead one closes at once (C.3)', async () => {
    const seen: string[] = [];
    class Uneven extends Pipeline<object> {
      @Step({ to: ['short', 'long1', 'gone1'] })
      ask(): void {}
      @Step({ to: 'merge' })
      short(): string {
        return 's';
      }
      @Step({ to: 'long2' })
      long1(): void {}
      @Step({ to: 'merge' })
      async long2(): Promise<string> {
        await new Promise(setImmediate);
        seen.push('long2');
        return 'l';
      }
      @Step({ to: 'gone2' })
      gone1() {
        return skip();
      }
      @Step({ to: 'merge' })
      gone2(): string {
        return 'never';
      }
      @Step()
      merge({ inputs }: Join<this, { short: string; long2: string; gone2?: string }>): string {
        seen.push('merge');
        return Object.keys(inputs).join();
      }
    }
    const { outputs } = await new Uneven().run({}).result;
    expect(seen).toEqual(['long2', 'merge']);
    expect(outputs.merge).toBe('short,long2');
  });

  it('never runs when a parent has failed (D.1)', async () => {
    const seen: string[] = [];
    class Failing extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'd' })
      b(): void {
        throw new Error('no');
      }
      @Step({ to: 'd' })
      c(): void {}
      @Step()
      d(): void {
        seen.push('d');
      }
    }
    const { ledger } = await outcomeOf(new Failing().run({}));
    expect(seen).toEqual([]);
    expect(ledger.d).toEqual({ status: 'not taken', visits: [], why: 'ended' });
  });

  it("option join: 'all' makes a step with one parent a join: its inputs hold it by name (C.4)", async () => {
    class Lone extends Pipeline<object> {
      @Step({ to: 'b' })
      a(): number {
        return 1;
      }
      @Step({ join: 'all' })
      b({ inputs }: Join<this, { a: number }>): number {
        return inputs.a + 1;
      }
    }
    expect((await new Lone().run({}).result).outputs.b).toBe(2);
  });

  it('outputs holds what had ended when the step started, not what ends while it runs (context)', async () => {
    const reported = gate();
    class Looking extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): string {
        return 'a';
      }
      @Step()
      b(): string {
        setImmediate(() => reported.open());
        return 'b';
      }
      @Step()
      async c({ outputs }: Ctx<this>): Promise<string[]> {
        await reported.promise;
        return Object.keys(outputs);
      }
    }
    expect((await new Looking().run({}).result).outputs.c).toEqual(['a']);
  });
});

describe('several entries', () => {
  it('start together when each says entry: true (C.8)', async () => {
    class Two extends Pipeline<object> {
      @Step({ to: 'merge', entry: true })
      left(): string {
        return 'l';
      }
      @Step({ to: 'merge', entry: true })
      right(): string {
        return 'r';
      }
      @Step()
      merge({ inputs }: Join<this, { left: string; right: string }>): string {
        return inputs.left + inputs.right;
      }
    }
    expect((await new Two().run({}).result).outputs.merge).toBe('lr');
  });
});
