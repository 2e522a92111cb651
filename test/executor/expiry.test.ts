import {
  ForEach,
  OnError,
  Pipeline,
  skip,
  Step,
  Streaming,
  suspend,
  SuspensionExpiredError,
  type Ctx,
  type Each,
  type Failure,
  type Join,
} from 'stepstream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { reread, suspendedOf } from '../support/suspended-of.js';

interface Seen {
  seen: string[];
}

class Plain extends Pipeline<Seen> {
  static readonly pipeline = { name: 'plain' };
  @Step({ to: 'next' })
  ask({ state }: Ctx<this>) {
    state.seen.push('asked');
    return suspend<string>('?', { expiresIn: 5 });
  }
  @Step()
  next({ input }: Ctx<this, string>) {
    return input;
  }
}

describe('a suspension that has expired (H.5)', () => {
  afterEach(() => vi.useRealTimers());

  it('fails its step at resume, with what it is and when it was', async () => {
    const before = Date.now();
    const { checkpoint, asks } = await suspendedOf(new Plain().run({ seen: [] }));
    const { expiresAt } = asks[0];
    expect(expiresAt).toBeGreaterThanOrEqual(before + 5);
    await sleep(10);
    const run = new Plain().resume(reread(checkpoint), { ask: 'late' });
    const events = await eventsOf(run);
    const { status, error, ledger, outputs } = await outcomeOf(run);
    expect([status, ledger.ask.visits, outputs]).toEqual(['failed', ['failed'], {}]);
    expect(error).toBeInstanceOf(SuspensionExpiredError);
    expect(error).toMatchObject({ code: 'SUSPENSION_EXPIRED', step: 'ask', expiredAt: expiresAt });
    expect(events.at(-2)).toMatchObject({ type: 'step-error', step: 'ask', handled: false });
  });

  it('is told in step-suspend, and does no harm before its time', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 });
    const run = new Plain().run({ seen: [] });
    const events = await eventsOf(run);
    const { checkpoint, asks } = await suspendedOf(run);
    const told = events.find((event) => event.type === 'step-suspend')!;
    expect([told, asks[0]]).toMatchObject([{ expiresAt: 1_005 }, { expiresAt: 1_005 }]);
    vi.setSystemTime(1_004);
    const { outputs } = await new Plain().resume(checkpoint, { ask: 'in time' }).result;
    expect(outputs.next).toBe('in time');
    vi.setSystemTime(1_005);
    const late = await outcomeOf(new Plain().resume(checkpoint, { ask: 'too late' }));
    expect(late.error).toMatchObject({ code: 'SUSPENSION_EXPIRED', expiredAt: 1_005 });
  });

  it('goes on without an answer: nothing else need be given', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 });
    const { checkpoint } = await suspendedOf(new Plain().run({ seen: [] }));
    vi.setSystemTime(1_004);
    expect(() => new Plain().resume(checkpoint, {})).toThrow(expect.objectContaining({ code: 'INVALID_ANSWER' }));
    vi.setSystemTime(1_005);
    expect((await outcomeOf(new Plain().resume(checkpoint, {}))).error).toMatchObject({ code: 'SUSPENSION_EXPIRED' });
  });

  it('is recovered by the named handler of its step, which streams as that step', async () => {
    class Named extends Pipeline<Seen> {
      static readonly pipeline = { name: 'named' };
      @Streaming({ to: 'next', onError: 'instead' })
      async *ask({ state }: Ctx<this>) {
        yield 'well? ';
        state.seen.push('asked');
        return suspend<string>('?', { expiresIn: 1 });
      }
      @OnError()
      async *instead({ error, failed, state }: Failure<this>) {
        yield 'never mind ';
        state.seen.push(`${failed} ${(error as Error).name}`);
        return 'nobody';
      }
      @Step()
      next({ input }: Ctx<this, string>) {
        return input;
      }
    }
    const { checkpoint } = await suspendedOf(new Named().run({ seen: [] }));
    await sleep(5);
    const run = new Named().resume(reread(checkpoint), {});
    const events = await eventsOf(run);
    const result = await run.result;
    expect(result).toMatchObject({
      status: 'success',
      text: 'never mind ',
      outputs: { ask: 'nobody', next: 'nobody' },
    });
    expect(result.ledger.ask.visits).toEqual(['recovered']);
    // What the suspended attempt has changed was committed (A.2).
    expect(result.state.seen).toEqual(['asked', 'ask SuspensionExpiredError']);
    expect(events.map(({ type }) => type)).toEqual([
      ...['run-start', 'token-reset', 'step-error', 'token', 'state-change', 'step-end'],
      ...['step-start', 'step-end', 'run-end'],
    ]);
  });

  it('is recovered by the catch-all, and fails the run if that only looks on', async () => {
    class Caught extends Pipeline<{ skips: boolean }> {
      static readonly pipeline = { name: 'caught' };
      @Step({ to: ['ask', 'other'] })
      begin() {}
      @Step({ to: 'next' })
      ask() {
        return suspend<string>('?', { expiresIn: 1 });
      }
      @Step({ to: 'next' })
      other() {
        return 'other';
      }
      @OnError()
      any({ error, state }: Failure<this>) {
        if (error instanceof SuspensionExpiredError && state.skips) return skip();
        return undefined;
      }
      @Step({ join: 'all' })
      next({ inputs }: Join<this, { ask?: string; other: string }>) {
        return Object.keys(inputs);
      }
    }
    const skips = await suspendedOf(new Caught().run({ skips: true }));
    const looks = await suspendedOf(new Caught().run({ skips: false }));
    await sleep(5);
    const skipped = await new Caught().resume(skips.checkpoint, {}).result;
    expect(skipped).toMatchObject({
      status: 'success',
      outputs: { next: ['other'] },
      ledger: { ask: { visits: ['skipped'] } },
    });
    expect(await outcomeOf(new Caught().resume(looks.checkpoint, {}))).toMatchObject({
      status: 'failed',
      error: { code: 'SUSPENSION_EXPIRED' },
    });
  });

  it('is survived by an any-join, and takes nobody else with it', async () => {
    class Race extends Pipeline<object> {
      static readonly pipeline = { name: 'race' };
      @Step({ to: ['a', 'b'] })
      begin() {}
      @Step({ to: 'first' })
      a() {
        return suspend<string>('a?', { expiresIn: 1 });
      }
      @Step({ to: 'first' })
      b() {
        return suspend<string>('b?');
      }
      @Step({ join: 'any' })
      first({ input }: Ctx<this, string>) {
        return input;
      }
    }
    const { checkpoint } = await suspendedOf(new Race().run({}));
    await sleep(5);
    const second = await suspendedOf(new Race().resume(reread(checkpoint), {}));
    expect(second.ledger.a.visits).toEqual(['failed']);
    expect(second.errors).toMatchObject([{ code: 'SUSPENSION_EXPIRED' }]);
    expect(second.asks.map(({ key }) => key)).toEqual(['b']);
    const result = await new Race().resume(reread(second.checkpoint), { b: 'me' }).result;
    expect(result).toMatchObject({ status: 'success', outputs: { first: 'me' } });
    // The errors of earlier segments are told as what they said.
    expect(result.errors).toMatchObject([{ name: 'SuspensionExpiredError', code: 'SUSPENSION_EXPIRED' }]);
  });

  it('of an item is that item’s: its handler stands in, and goes on from what the item has changed', async () => {
    class Items extends Pipeline<Seen & { count: number }> {
      static readonly pipeline = { name: 'items' };
      @Step({ to: 'work' })
      load() {
        return ['a', 'b', 'c'];
      }
      @ForEach({ to: 'end', onError: 'instead' })
      work({ item, index, state }: Each<this, string>) {
        if (index !== 1) return item;
        state.count += 1;
        state.seen.push(item);
        return suspend<string>(item, { expiresIn: 1 });
      }
      @OnError()
      instead({ failed, state }: Failure<this>) {
        state.count += 10;
        state.seen.push('instead');
        return `${failed} ${state.seen.join()} ${state.count}`;
      }
      @Step()
      end({ input }: Ctx<this, string[]>) {
        return input;
      }
    }
    const { checkpoint } = await suspendedOf(new Items().run({ seen: [], count: 0 }));
    await sleep(5);
    const run = new Items().resume(reread(checkpoint), {});
    const result = await run.result;
    expect(result).toMatchObject({
      status: 'success',
      outputs: { end: ['a', 'work a,instead 11', 'c'].map((text) => text.replace('work a', 'work b')) },
      state: { seen: ['b', 'instead'], count: 11 },
    });
    expect(result.ledger.work).toEqual({ status: 'done', visits: ['done'], items: { done: 2, recovered: 1 } });
  });

  it('one that another answer has decided against asks no handler any more', async () => {
    const asked: string[] = [];
    class Late extends Pipeline<object> {
      static readonly pipeline = { name: 'late' };
      @Step({ to: ['a', 'b'] })
      begin() {}
      @Step({ to: 'first' })
      a() {
        return suspend<string>('a?');
      }
      @Step({ to: 'first', onError: 'instead' })
      b() {
        return suspend<string>('b?', { expiresIn: 1 });
      }
      @OnError()
      instead() {
        asked.push('instead');
        return 'instead';
      }
      @Step({ join: 'any' })
      first({ input }: Ctx<this, string>) {
        return input;
      }
    }
    const { checkpoint } = await suspendedOf(new Late().run({}));
    await sleep(5);
    const run = new Late().resume(checkpoint, { a: 'me' });
    const events = await eventsOf(run);
    expect(await run.result).toMatchObject({
      status: 'success',
      outputs: { first: 'me' },
      ledger: { b: { visits: ['lost'] } },
    });
    expect(asked).toEqual([]);
    expect(events.filter(({ type }) => type === 'step-error')).toEqual([]);
  });

  it('never comes where expiresIn is later than any date; one that is no number fails the step', async () => {
    class Times extends Pipeline<{ time: number | null }> {
      static readonly pipeline = { name: 'times' };
      @Step()
      ask({ state }: Ctx<this>) {
        return suspend<number>('?', { expiresIn: state.time === null ? NaN : state.time * 1e300 });
      }
    }
    for (const time of [1, 1e10]) {
      const { asks, checkpoint } = await suspendedOf(new Times().run({ time }));
      expect(asks[0]).not.toHaveProperty('expiresAt');
      expect((await new Times().resume(reread(checkpoint), { ask: 1 }).result).status).toBe('success');
    }
    const past = await suspendedOf(new Times().run({ time: -1 }));
    expect((await outcomeOf(new Times().resume(reread(past.checkpoint), { ask: 1 }))).status).toBe('failed');
    const none = await outcomeOf(new Times().run({ time: null }));
    expect(none.error).toMatchObject({
      code: 'STEP_FAILED',
      cause: { code: 'NOT_PLAIN_DATA', path: 'the expiresIn of ask' },
    });
  });
});
