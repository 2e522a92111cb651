import { OnError, Pipeline, skip, Step, Streaming, type Ctx, type Failure, type Join } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { whenAborted } from '../support/when-aborted.js';

interface Trail {
  seen: string[];
}

describe("join: 'any'", () => {
  it('takes the first success, cancels the losers and drops what they changed (C.5, C.6)', async () => {
    const seen: string[] = [];
    class Race extends Pipeline<Trail> {
      @Step({ to: ['fast', 'slow'] })
      ask(): void {}
      @Step({ to: 'merge' })
      async fast({ state }: Ctx<this>): Promise<string> {
        state.seen.push('fast');
        return 'fast';
      }
      @Step({ to: 'merge' })
      async slow({ state, signal }: Ctx<this>): Promise<string> {
        state.seen.push('slow');
        await whenAborted(signal);
        seen.push(`slow aborted: ${(signal.reason as Error).name}`);
        return 'slow';
      }
      @Step({ join: 'any' })
      merge({ inputs }: Join<this, { fast?: string; slow?: string }>): unknown {
        return { ...inputs };
      }
    }
    const { status, state, outputs, ledger, errors } = await new Race().run({ seen: [] }).result;
    expect(status).toBe('success');
    expect(outputs).toEqual({ fast: 'fast', merge: { fast: 'fast' } });
    expect(state.seen).toEqual(['fast']);
    expect(seen).toEqual(['slow aborted: AbortError']);
    expect(ledger.slow).toEqual({ status: 'lost', visits: ['lost'] });
    expect(errors).toEqual([]);
  });

  it('an any join survives a failure: the run succeeds, the failure stands in errors (C.5)', async () => {
    class Fallback extends Pipeline<object> {
      @Step({ to: ['primary', 'backup'] })
      ask(): void {}
      @Step({ to: 'merge' })
      primary(): string {
        throw new Error('primary is down');
      }
      @Step({ to: 'merge' })
      async backup(): Promise<string> {
        await new Promise(setImmediate);
        return 'backup';
      }
      @Step({ join: 'any' })
      merge({ inputs }: Join<this, { primary?: string; backup?: string }>): string {
        return inputs.backup ?? 'none';
      }
    }
    const run = new Fallback().run({});
    const events = await eventsOf(run);
    const { status, outputs, errors, ledger } = await run.result;
    expect(status).toBe('success');
    expect(outputs.merge).toBe('backup');
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('primary is down')]);
    expect(ledger.primary.status).toBe('failed');
    expect(events.find(({ type }) => type === 'join')).toMatchObject({ arrived: ['backup'], dead: ['primary'] });
  });

  it('fails with an AggregateError of all failures, in the order reported, when every branch has failed (C.5)', async () => {
    const first = gate();
    class Down extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'd' })
      async b(): Promise<void> {
        await first.promise;
        throw new Error('b');
      }
      @Step({ to: 'd' })
      async c(): Promise<void> {
        setImmediate(() => first.open());
        throw new Error('c');
      }
      @Step({ join: 'any' })
      d(): void {}
    }
    const { status, error, errors, ledger } = await outcomeOf(new Down().run({}));
    expect(status).toBe('failed');
    const { cause } = error as { cause?: unknown };
    expect(cause).toBeInstanceOf(AggregateError);
    expect((cause as AggregateError).errors.map(({ cause }: { cause: Error }) => cause.message)).toEqual(['c', 'b']);
    expect(errors).toHaveLength(3);
    expect(ledger.d.status).toBe('failed');
  });

  it('that has survived all its branches may be recovered by its own handler (C.5, D.2)', async () => {
    class Recovering extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'd' })
      b(): string {
        throw new Error('b');
      }
      @Step({ to: 'd' })
      c(): string {
        throw new Error('c');
      }
      @Step({ join: 'any', onError: 'none', to: 'e' })
      d(_: Join<this, { b?: string; c?: string }>): string {
        return 'body';
      }
      @OnError()
      none({ error, failed }: Failure<this>): string {
        return `${failed}: ${(error as AggregateError).errors.length} branches down`;
      }
      @Step()
      e({ input }: Ctx<this, string>): string {
        return input;
      }
    }
    const { status, outputs, ledger } = await new Recovering().run({}).result;
    expect(status).toBe('success');
    expect(outputs.e).toBe('d: 2 branches down');
    expect(ledger.d.status).toBe('recovered');
  });

  it('is dead, and no failure, when its branches have only skipped (C.5)', async () => {
    class Skipped extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'd' })
      b() {
        return skip();
      }
      @Step({ to: 'd' })
      c() {
        return skip();
      }
      @Step({ join: 'any' })
      d(): void {}
    }
    const { status, ledger } = await new Skipped().run({}).result;
    expect(status).toBe('success');
    expect(ledger.d).toMatchObject({ status: 'not taken', why: 'dead' });
  });

  it('an all-join between a survived failure and its any-join is dead at once (C.5)', async () => {
    const late = gate();
    class Between extends Pipeline<object> {
      @Step({ to: ['b', 'c', 'other'] })
      a(): void {}
      @Step({ to: 'both' })
      b(): void {
        throw new Error('b');
      }
      @Step({ to: 'both' })
      async c({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
      }
      @Step({ to: 'merge' })
      both(): string {
        return 'both';
      }
      @Step({ to: 'merge' })
      async other(): Promise<string> {
        await late.promise;
        return 'other';
      }
      @Step({ join: 'any' })
      merge({ inputs }: Join<this, { both?: string; other?: string }>): string[] {
        return Object.keys(inputs);
      }
    }
    const run = new Between().run({});
    const joins: unknown[] = [];
    run.on('join', (event) => {
      joins.push([event.step, event.arrived]);
      if (event.step === 'both') late.open();
    });
    const { status, outputs, ledger } = await run.result;
    expect(joins).toEqual([
      ['both', []],
      ['merge', ['other']],
    ]);
    expect(status).toBe('success');
    expect(outputs.merge).toEqual(['other']);
    expect(ledger).toMatchObject({ both: { status: 'not taken', why: 'dead', by: 'b' }, c: { status: 'lost' } });
  });

  it('a failure whose any-join is already decided fails the run (C.5)', async () => {
    const decided = gate();
    class Feeding extends Pipeline<object> {
      @Step({ to: ['fast', 'slow'] })
      ask(): void {}
      @Step({ to: 'merge' })
      fast(): string {
        return 'fast';
      }
      // It feeds the audit too, so it is no loser.
      @Step({ to: ['merge', 'audit'] })
      async slow(): Promise<string> {
        await decided.promise;
        throw new Error('too late to be survived');
      }
      @Step({ join: 'any' })
      merge(): void {
        decided.open();
      }
      @Step()
      audit(): void {}
    }
    expect((await outcomeOf(new Feeding().run({}))).status).toBe('failed');
  });

  it('a failure that also leads elsewhere is not survived (C.5)', async () => {
    class Elsewhere extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: ['d', 'e'] })
      b(): void {
        throw new Error('b');
      }
      @Step({ to: 'd' })
      async c({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
      }
      @Step({ join: 'any' })
      d(): void {}
      @Step()
      e(): void {}
    }
    expect((await outcomeOf(new Elsewhere().run({}))).status).toBe('failed');
  });
});

describe('losers', () => {
  it('a loser that feeds another step goes on; its later arrival is ignored (C.6)', async () => {
    const merged = gate();
    class Feeding extends Pipeline<Trail> {
      @Step({ to: ['fast', 'slow'] })
      ask(): void {}
      @Step({ to: 'merge' })
      fast(): string {
        return 'fast';
      }
      @Step({ to: ['merge', 'audit'] })
      async slow({ state }: Ctx<this>): Promise<string> {
        await merged.promise;
        state.seen.push('slow');
        return 'slow';
      }
      @Step({ join: 'any' })
      merge({ state }: Ctx<this>): void {
        state.seen.push('merge');
        setImmediate(() => merged.open());
      }
      @Step()
      audit({ input }: Ctx<this, string>): string {
        return `audited ${input}`;
      }
    }
    const { state, outputs, ledger } = await new Feeding().run({ seen: [] }).result;
    expect(state.seen.sort()).toEqual(['merge', 'slow']);
    expect(outputs.audit).toBe('audited slow');
    expect(ledger.merge.visits).toEqual(['done']);
    expect(ledger.slow.status).toBe('done');
  });

  it('a step behind a loser, or behind a step that goes on, doesn’t start if it leads only to the join (C.6)', async () => {
    const seen: string[] = [];
    const decided = gate();
    class Long extends Pipeline<object> {
      @Step({ to: ['fast', 'long1'] })
      ask(): void {}
      @Step({ to: 'merge' })
      fast(): void {}
      @Step({ to: ['long2', 'side'] })
      async long1(): Promise<void> {
        await decided.promise;
      }
      @Step({ to: 'merge' })
      long2(): void {
        seen.push('long2');
      }
      @Step()
      side(): void {
        seen.push('side');
      }
      @Step({ join: 'any' })
      merge(): void {
        decided.open();
      }
    }
    const { ledger } = await new Long().run({}).result;
    expect(seen).toEqual(['side']);
    expect(ledger.long2).toEqual({ status: 'not taken', visits: [], why: 'dead', by: 'merge' });
    expect(ledger.long1.status).toBe('done');
  });

  it('two branches that end in one report: the first in plan order wins, the other is lost (C.1, C.6)', async () => {
    class Photo extends Pipeline<Trail> {
      @Step({ to: ['b', 'c'] })
      a(): void {}
      @Step({ to: 'd' })
      b({ state }: Ctx<this>): string {
        state.seen.push('b');
        return 'b';
      }
      @Step({ to: 'd' })
      c({ state }: Ctx<this>): string {
        state.seen.push('c');
        return 'c';
      }
      @Step({ join: 'any' })
      d({ inputs }: Join<this, { b?: string; c?: string }>): string[] {
        return Object.keys(inputs);
      }
    }
    const { state, outputs, ledger } = await new Photo().run({ seen: [] }).result;
    expect(outputs).toEqual({ b: 'b', d: ['b'] });
    expect(state.seen).toEqual(['b']);
    expect(ledger.c.status).toBe('lost');
  });

  it('resets what a losing branch has streamed before anything else is told of it (C.6, D.4)', async () => {
    const said = gate();
    class Voices extends Pipeline<object> {
      @Step({ to: ['talker', 'quick'] })
      ask(): void {}
      @Streaming({ to: 'merge' })
      async *talker({ signal }: Ctx<this>): AsyncGenerator<string> {
        yield 'I think';
        yield ' that';
        said.open();
        await whenAborted(signal);
      }
      @Streaming({ to: 'merge' })
      async *quick(): AsyncGenerator<string> {
        await said.promise;
        yield 'Yes.';
      }
      @Step({ join: 'any' })
      merge(): void {}
    }
    const run = new Voices().run({});
    const events = await eventsOf(run);
    const { text, texts } = await run.result;
    expect(text).toBe('Yes.');
    expect(texts).toEqual({ quick: 'Yes.' });
    const ofTalker = events.filter((event) => 'step' in event && event.step === 'talker');
    const tokens = ofTalker.filter(({ type }) => type === 'token').map(({ seq }) => seq);
    expect(ofTalker.map(({ type }) => type)).toEqual(['step-start', 'token', 'token', 'token-reset', 'step-cancel']);
    expect(ofTalker[3]).toMatchObject({ from: tokens[0], to: tokens[1], why: 'lost' });
  });
});
