import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';

interface Trail {
  seen: string[];
}

describe('a retry', () => {
  it('makes further attempts until one succeeds; each begins from the same version (D.3, A.1)', async () => {
    class Flaky extends Pipeline<Trail> {
      @Step({ retry: 3 })
      work({ state, attempt }: Ctx<this>): string {
        state.seen.push(`attempt ${attempt}`);
        if (attempt < 3) throw new Error(`no ${attempt}`);
        return 'at last';
      }
    }
    const run = new Flaky().run({ seen: [] });
    const events = await eventsOf(run);
    const { state, outputs, ledger, errors } = await run.result;
    expect(state.seen).toEqual(['attempt 3']);
    expect(outputs.work).toBe('at last');
    expect(ledger.work.visits).toEqual(['done']);
    expect(errors).toEqual([]);
    const told = events.filter((event) => 'step' in event && event.type !== 'state-change');
    expect(told.map((event) => [event.type, (event as { attempt: number }).attempt])).toEqual([
      ['step-start', 1],
      ['step-retry', 1],
      ['step-retry', 2],
      ['step-end', 3],
    ]);
  });

  it('a number counts all attempts; when they are used up the last error is the failure (D.3)', async () => {
    let attempts = 0;
    class Failing extends Pipeline<object> {
      @Step({ retry: 2 })
      async work(): Promise<void> {
        throw new Error(`no ${++attempts}`);
      }
    }
    const { error } = await outcomeOf(new Failing().run({}));
    expect(attempts).toBe(2);
    expect(error).toMatchObject({ attempt: 2, message: expect.stringContaining('no 2') });
  });

  it('resets the tokens of the failed attempt before anything else is told of the step (D.4)', async () => {
    class Speaker extends Pipeline<object> {
      @Streaming({ retry: 2 })
      async *speak({ attempt }: Ctx<this>): AsyncGenerator<string> {
        yield `one${attempt}`;
        yield `two${attempt}`;
        if (attempt === 1) throw new Error('cut');
      }
    }
    const run = new Speaker().run({});
    const events = await eventsOf(run);
    expect(events.map((event) => ('value' in event ? event.value : event.type))).toEqual([
      'run-start',
      'step-start',
      'one1',
      'two1',
      'token-reset',
      'step-retry',
      'one2',
      'two2',
      'step-end',
      'run-end',
    ]);
    expect(events[4]).toMatchObject({ step: 'speak', from: 3, to: 4, why: 'retry', attempt: 1 });
    const { text, texts, outputs } = await run.result;
    expect({ text, texts, outputs }).toEqual({
      text: 'one2two2',
      texts: { speak: 'one2two2' },
      outputs: { speak: 'one2two2' },
    });
  });

  it('sends no reset when nothing was streamed (D.4)', async () => {
    class Speaker extends Pipeline<object> {
      @Streaming({ retry: 2 })
      async *speak({ attempt }: Ctx<this>): AsyncGenerator<string> {
        if (attempt === 1) throw new Error('cut');
        yield 'fine';
      }
    }
    const events = await eventsOf(new Speaker().run({}));
    expect(events.map(({ type }) => type)).not.toContain('token-reset');
  });

  it('asks when() with the error, the attempt and the tokens sent; false gives up (D.3)', async () => {
    const asked: unknown[] = [];
    const broke = new Error('broke');
    class Choosy extends Pipeline<object> {
      @Streaming({
        retry: {
          attempts: 5,
          when: (error, facts) => {
            asked.push([error, facts]);
            return facts.attempt < 2;
          },
        },
      })
      async *speak({ attempt }: Ctx<this>): AsyncGenerator<string> {
        for (let i = 0; i < attempt; i++) yield '.';
        throw broke;
      }
    }
    const { status } = await outcomeOf(new Choosy().run({}));
    expect(status).toBe('failed');
    expect(asked).toEqual([
      [broke, { attempt: 1, tokens: 1 }],
      [broke, { attempt: 2, tokens: 2 }],
    ]);
  });

  it('what when() throws is the failure (D.3)', async () => {
    class Broken extends Pipeline<object> {
      @Step({
        retry: {
          attempts: 5,
          when: () => {
            throw new Error('when broke');
          },
        },
      })
      work(): void {
        throw new Error('work broke');
      }
    }
    const { error } = await outcomeOf(new Broken().run({}));
    expect((error?.cause as Error).message).toBe('when broke');
  });
});

describe('the delay of a retry', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('grows by backoff from attempt to attempt (D.3)', async () => {
    const at: number[] = [];
    const told: number[] = [];
    class Waiting extends Pipeline<object> {
      @Step({ retry: { attempts: 4, delay: 100, backoff: 3 } })
      work(): void {
        at.push(Date.now());
        if (at.length < 4) throw new Error('not yet');
      }
    }
    const run = new Waiting().run({});
    run.on('step-retry', ({ delay }) => told.push(delay));
    await vi.runAllTimersAsync();
    expect((await run.result).status).toBe('success');
    expect(at.map((time) => time - at[0])).toEqual([0, 100, 400, 1_300]);
    expect(told).toEqual([100, 300, 900]);
  });

  it('with jitter is a random part of it (D.3)', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.25);
    try {
      const told: number[] = [];
      class Waiting extends Pipeline<object> {
        @Step({ retry: { attempts: 3, delay: 1_000, backoff: 2, jitter: true } })
        work({ attempt }: Ctx<this>): void {
          if (attempt < 3) throw new Error('not yet');
        }
      }
      const run = new Waiting().run({}, { id: 'jitter' });
      run.on('step-retry', ({ delay }) => told.push(delay));
      await vi.runAllTimersAsync();
      await run.result;
      expect(told).toEqual([250, 500]);
    } finally {
      random.mockRestore();
    }
  });

  it('is cut short by a cancel, and no attempt follows (F.1)', async () => {
    const attempts: number[] = [];
    class Waiting extends Pipeline<object> {
      @Step({ retry: { attempts: 2, delay: 60_000 } })
      work({ attempt }: Ctx<this>): void {
        attempts.push(attempt);
        throw new Error('not yet');
      }
    }
    const waiting = gate();
    const run = new Waiting().run({});
    run.on('step-retry', () => queueMicrotask(() => waiting.open()));
    await waiting.promise;
    await run.cancel();
    const { status, ledger } = await run.result;
    expect(status).toBe('cancelled');
    expect(ledger.work.status).toBe('cancelled');
    expect(attempts).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
