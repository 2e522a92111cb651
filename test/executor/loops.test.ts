import {
  call,
  goto,
  OnError,
  Pipeline,
  RunFailedError,
  skip,
  Step,
  stop,
  Streaming,
  SubPipeline,
  TooManyVisitsError,
  type Ctx,
  type Join,
  type RunEvent,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { whenAborted } from '../support/when-aborted.js';

interface Chat {
  messages: string[];
}

describe('an agent', () => {
  class Agent extends Pipeline<Chat> {
    @Streaming({ goto: ['callTool', 'answer'] })
    async *think({ state, input }: Ctx<this, string | undefined>) {
      if (input !== undefined) state.messages.push(`tool: ${input}`);
      yield `thinking ${state.messages.length}; `;
      return state.messages.length < 3 ? goto('callTool', 'otters') : goto('answer', state.messages.join(', '));
    }
    @Step({ to: 'think' })
    async callTool({ input }: Ctx<this, string>): Promise<string> {
      await Promise.resolve();
      return `all about ${input}`;
    }
    @Step()
    answer({ input }: Ctx<this, string>): string {
      return `So: ${input}`;
    }
  }

  it('thinks until it goes elsewhere; each visit is told and counted (C.2, C.7)', async () => {
    const run = new Agent().run({ messages: ['user: otters?'] });
    const events = await eventsOf(run);
    const { status, outputs, text, state, ledger } = await run.result;
    expect(status).toBe('success');
    expect(outputs.answer).toBe('So: user: otters?, tool: all about otters, tool: all about otters');
    expect(text).toBe('thinking 1; thinking 2; thinking 3; ');
    expect(state.messages).toHaveLength(3);
    expect(ledger).toEqual({
      think: { status: 'done', visits: ['done', 'done', 'done'] },
      callTool: { status: 'done', visits: ['done', 'done'] },
      answer: { status: 'done', visits: ['done'] },
    });
    const starts = events.filter((event) => event.type === 'step-start').map(({ step, visit }) => `${step} ${visit}`);
    expect(starts).toEqual(['think 1', 'callTool 1', 'think 2', 'callTool 2', 'think 3', 'answer 1']);
    expect(events.filter((event) => event.type === 'token').map(({ visit }) => visit)).toEqual([1, 2, 3]);
  });

  it('one instance has many conversations at once', async () => {
    const agent = new Agent();
    const runs = await Promise.all(Array.from({ length: 50 }, (_, i) => agent.run({ messages: [`user ${i}`] }).result));
    runs.forEach(({ state }, i) => expect(state.messages[0]).toBe(`user ${i}`));
    expect(new Set(runs.map(({ ledger }) => ledger.think.visits.length))).toEqual(new Set([3]));
  });
});

describe('a round', () => {
  it('waits for everything in the body, and a join in it waits for its own round (C.2, C.4)', async () => {
    const slow = gate();
    const log: string[] = [];
    class Review extends Pipeline<{ round: number }> {
      @Step({ to: ['facts', 'style'] })
      draft({ state }: Ctx<this>): void {
        state.round += 1;
        log.push(`draft ${state.round}`);
      }
      @Step({ to: 'judge' })
      async facts({ state }: Ctx<this>): Promise<string> {
        if (state.round === 1) await slow.promise;
        return `facts ${state.round}`;
      }
      @Step({ to: ['judge', 'count'] })
      style({ state }: Ctx<this>): string {
        return `style ${state.round}`;
      }
      @Step({ goto: 'draft' })
      count({ state }: Ctx<this>) {
        log.push('count');
        setTimeout(() => slow.open(), 1);
        return state.round < 2 ? goto('draft') : undefined;
      }
      @Step({ goto: 'draft' })
      judge({ inputs }: Join<this, { facts: string; style: string }>): unknown {
        log.push(Object.values(inputs).join(' and '));
        return inputs;
      }
    }
    const { status } = await new Review().run({ round: 0 }).result;
    expect(status).toBe('success');
    expect(log).toEqual(['draft 1', 'count', 'facts 1 and style 1', 'draft 2', 'count', 'facts 2 and style 2']);
  });

  it('begins although a loser of the one before still takes its time (C.6)', async () => {
    const log: string[] = [];
    class Race extends Pipeline<{ rounds: number }> {
      static readonly pipeline = { cancelGrace: 500 };
      @Step({ to: ['fast', 'slow'] })
      begin({ state }: Ctx<this>): void {
        state.rounds += 1;
        log.push(`begin ${state.rounds}`);
      }
      @Step({ to: 'first' })
      fast(): string {
        return 'fast';
      }
      @Step({ to: 'first' })
      async slow({ signal }: Ctx<this>): Promise<string> {
        await whenAborted(signal);
        await new Promise((resolve) => setTimeout(resolve, 20));
        log.push('slow has tidied up');
        return 'slow';
      }
      @Step({ join: 'any', goto: 'begin' })
      first({ state }: Ctx<this>) {
        return state.rounds < 3 ? goto('begin') : undefined;
      }
    }
    const { status, ledger } = await new Race().run({ rounds: 0 }).result;
    expect(status).toBe('success');
    expect(log.slice(0, 3)).toEqual(['begin 1', 'begin 2', 'begin 3']);
    expect(log.slice(3)).toEqual(Array(3).fill('slow has tidied up'));
    expect(ledger.slow.visits).toEqual(['lost', 'lost', 'lost']);
  });

  it('of a loop of 10,000 costs what every other one costs', async () => {
    class Counter extends Pipeline<{ left: number }> {
      static readonly pipeline = { maxVisits: 100_000 };
      @Step({ to: 'check' })
      count({ state }: Ctx<this>): void {
        state.left -= 1;
      }
      @Step({ goto: 'count' })
      check({ state }: Ctx<this>) {
        return state.left > 0 ? goto('count') : undefined;
      }
    }
    const costOf = async (left: number): Promise<number> => {
      const start = process.cpuUsage();
      const { state, ledger } = await new Counter().run({ left }).result;
      expect(state.left).toBe(0);
      expect(ledger.count.visits).toHaveLength(left);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / left;
    };
    await costOf(2_000);
    const few = await costOf(2_000);
    expect(await costOf(20_000)).toBeLessThan(5 * few);
  });
});

describe('behind a loop', () => {
  it('a step with one edge runs in parallel with later rounds; a join has the last output (C.4)', async () => {
    const held = gate();
    const log: string[] = [];
    class Reader extends Pipeline<{ page: number }> {
      @Step({ to: ['more', 'store', 'summary'] })
      read({ state }: Ctx<this>): string {
        state.page += 1;
        return `page ${state.page}`;
      }
      @Step({ goto: 'read' })
      more({ state }: Ctx<this>) {
        return state.page < 3 ? goto('read') : undefined;
      }
      @Step({ to: 'index' })
      async store({ input }: Ctx<this, string>): Promise<string> {
        log.push(`store ${input}`);
        if (input === 'page 3') held.open();
        await held.promise;
        return `stored ${input}`;
      }
      @Step()
      index({ input }: Ctx<this, string>): void {
        log.push(`index ${input}`);
      }
      @Step({ join: 'all' })
      summary({ input }: Ctx<this, string>): string {
        return `up to ${input}`;
      }
    }
    const { outputs, ledger } = await new Reader().run({ page: 0 }).result;
    expect(outputs.summary).toBe('up to page 3');
    expect(log.slice(0, 3)).toEqual(['store page 1', 'store page 2', 'store page 3']);
    expect(log.slice(3)).toEqual(['index stored page 1', 'index stored page 2', 'index stored page 3']);
    expect(ledger.index.visits).toEqual(['done', 'done', 'done']);
    expect(ledger.summary.visits).toEqual(['done']);
  });
});

describe('a loop that never ends', () => {
  class Endless extends Pipeline<{ rounds: number }> {
    static readonly pipeline = { maxVisits: 5 };
    @Step({ to: 'review', retry: 3, onError: 'mend' })
    write({ state }: Ctx<this>): void {
      state.rounds += 1;
    }
    @Step({ to: 'write' })
    review(): void {}
    @OnError()
    mend(): void {}
    @OnError()
    everything() {
      return skip();
    }
  }

  it('fails the run by an error that names it, whatever handlers there are (C.4)', async () => {
    const run = new Endless().run({ rounds: 0 });
    const events: RunEvent[] = [];
    run.on('run-end', (event) => events.push(event));
    const result = await outcomeOf(run);
    expect(result).toMatchObject({ status: 'failed', state: { rounds: 5 } });
    expect(result.ledger).toMatchObject({
      write: { visits: Array(5).fill('done') },
      review: { visits: Array(5).fill('done') },
    });
    const [error] = result.errors;
    expect(error).toBeInstanceOf(TooManyVisitsError);
    expect(error).toMatchObject({ code: 'TOO_MANY_VISITS', step: 'write', maxVisits: 5 });
    expect(events.at(-1)).toMatchObject({ type: 'run-end', error: { code: 'TOO_MANY_VISITS' } });
    await expect(new Endless().run({ rounds: 0 }).result).rejects.toBeInstanceOf(RunFailedError);
  });

  it('is survived by no any-join', async () => {
    class Racing extends Pipeline<object> {
      static readonly pipeline = { maxVisits: 2 };
      @Step({ to: ['spin', 'wait'] })
      start(): void {}
      @Step({ to: ['spin', 'first'], join: 'all' })
      spin() {
        return goto('spin');
      }
      @Step({ to: 'first' })
      async wait({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
      }
      @Step({ join: 'any' })
      first(): void {}
    }
    const { status, errors, ledger } = await outcomeOf(new Racing().run({}));
    expect(status).toBe('failed');
    expect(errors).toEqual([expect.objectContaining({ code: 'TOO_MANY_VISITS' })]);
    expect(ledger.wait.status).toBe('cancelled');
  });

  it('fails the run also where a failure that is survived ends the last round', async () => {
    const jumped = gate();
    class Failing extends Pipeline<object> {
      @Step({ to: ['round', 'other'] })
      start(): void {}
      @Step({ to: ['down', 'again'], maxVisits: 1 })
      round(): void {}
      @Step({ to: 'first', goto: 'round' })
      async down(): Promise<void> {
        await jumped.promise;
        throw new Error('down');
      }
      @Step({ to: 'first', goto: 'round' })
      again() {
        setTimeout(() => jumped.open(), 1);
        return goto('round');
      }
      @Step({ to: 'first' })
      async other({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
      }
      @Step({ join: 'any' })
      first(): void {}
    }
    const { status, error, errors, ledger } = await outcomeOf(new Failing().run({}));
    expect([status, (error as Error & { step: string }).step]).toEqual(['failed', 'round']);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('Failing.down: down'),
      expect.stringContaining('Failing.round was about to run for the 2nd time'),
    ]);
    expect(ledger).toMatchObject({ down: { status: 'failed' }, other: { status: 'cancelled' } });
  });

  it('of a child is the failure of the run, whatever the step that runs it would do about it', async () => {
    class Child extends Pipeline<object> {
      static readonly pipeline = { maxVisits: 2 };
      @Step({ to: 'spin' }) spin(): void {}
    }
    class Parent extends Pipeline<object> {
      readonly child = new Child();
      @SubPipeline(() => Child, { retry: 3, onError: 'mend' })
      work() {
        return call(this.child, {});
      }
      @OnError() mend(): object {
        return {};
      }
    }
    const { status, errors, ledger } = await outcomeOf(new Parent().run({}));
    expect([status, ledger.work.status]).toEqual(['failed', 'failed']);
    expect(errors).toEqual([expect.objectContaining({ code: 'TOO_MANY_VISITS', step: 'spin' })]);
  });

  it('can be cancelled and stopped like any other', async () => {
    class Spinning extends Pipeline<{ rounds: number; stopAt: number }> {
      static readonly pipeline = { maxVisits: 1_000_000 };
      @Step({ goto: 'spin' })
      async spin({ state, signal }: Ctx<this>) {
        state.rounds += 1;
        if (state.rounds === state.stopAt) return stop();
        await new Promise(setImmediate);
        signal.throwIfAborted();
        return goto('spin');
      }
    }
    const spinning = new Spinning();
    const run = spinning.run({ rounds: 0, stopAt: -1 }, { throwOnFailure: false });
    setTimeout(() => void run.cancel('enough'), 10);
    const cancelled = await run.result;
    expect(cancelled.status).toBe('cancelled');
    expect(cancelled.ledger.spin.visits.at(-1)).toBe('cancelled');
    const stopped = await spinning.run({ rounds: 0, stopAt: 7 }).result;
    expect(stopped).toMatchObject({ status: 'success', state: { rounds: 7 } });
    expect(stopped.ledger.spin.visits).toEqual(Array(7).fill('done'));
  });
});
