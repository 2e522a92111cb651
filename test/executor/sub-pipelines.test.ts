import {
  BlueprintError,
  call,
  ForEach,
  goto,
  OnError,
  Pipeline,
  planOf,
  retry,
  skip,
  StateConflictError,
  Step,
  StepTimeoutError,
  stop,
  Streaming,
  SubPipeline,
  toMermaid,
  type Call,
  type Ctx,
  type Each,
  type Failure,
  type Join,
  type Retry,
  type RunEvent,
  type Skip,
  type Stop,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { recordEvents } from '../support/record-events.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

/** `step-start research/go`, with the name of the pipeline where it isn't the root's. */
const told = (events: readonly object[]): string[] =>
  (events as readonly RunEvent[]).flatMap((event) =>
    'step' in event && 'path' in event ? `${event.type} ${[...event.path, event.step].join('/')}` : [],
  );

interface Notes {
  topic: string;
  notes: string[];
}

class Researcher extends Pipeline<Notes, { tenant: string }> {
  @Step({ to: 'write' })
  search({ state, context }: Ctx<this>): string {
    state.notes.push(`${context.tenant} found ${state.topic}`);
    return state.topic;
  }
  @Streaming()
  async *write({ input, state }: Ctx<this, string>): AsyncGenerator<string> {
    yield `about `;
    yield input;
    state.notes.push('written');
  }
}

class Reporter extends Pipeline<{ title: string; report: string }, { tenant: string }> {
  readonly researcher = new Researcher();
  @Step({ to: 'research' })
  begin(): void {}
  @SubPipeline(() => Researcher, { to: 'publish' })
  research({ state }: Ctx<this>) {
    return call(this.researcher, { topic: state.title, notes: [] });
  }
  @Step()
  publish({ input, state }: Ctx<this, Notes>): void {
    state.report = input.notes.join(', ');
  }
}

describe('a sub-pipeline', () => {
  it('runs another pipeline: its state goes in, its final state is the output of the step (B.3, B108)', async () => {
    const run = new Reporter().run({ title: 'bees', report: '' }, { context: { tenant: 'acme' } });
    const events = await eventsOf(run);
    const { status, state, outputs, text, texts, ledger } = await run.result;
    expect(status).toBe('success');
    expect(state).toEqual({ title: 'bees', report: 'acme found bees, written' });
    expect(outputs).toEqual({ research: { topic: 'bees', notes: ['acme found bees', 'written'] } });
    expect(text).toBe('about bees');
    expect(texts).toEqual({ 'research/write': 'about bees' });
    expect(Object.keys(ledger)).toEqual(['begin', 'research', 'publish']);
    expect(ledger.research).toEqual({ status: 'done', visits: ['done'] });
    expect(told(events)).toEqual([
      'step-start begin',
      'step-end begin',
      'step-start research',
      'step-start research/search',
      'state-change research/search',
      'step-end research/search',
      'step-start research/write',
      'token research/write',
      'token research/write',
      'state-change research/write',
      'step-end research/write',
      'step-end research',
      'step-start publish',
      'state-change publish',
      'step-end publish',
    ]);
  });

  it('has no start and end of a run of its own in the stream; its events name it (B110)', async () => {
    const run = new Reporter().run({ title: 'bees', report: '' }, { context: { tenant: 'acme' } });
    const events = await eventsOf(run);
    expect(
      events.filter(({ type }) => type === 'run-start' || type === 'run-end').map(({ pipeline }) => pipeline),
    ).toEqual(['Reporter', 'Reporter']);
    for (const event of events)
      if ('path' in event) expect(event.pipeline).toBe(event.path.length === 0 ? 'Reporter' : 'Researcher');
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, place) => place + 1));
    expect(new Set(events.map(({ runId }) => runId))).toEqual(new Set([run.id]));
  });

  it('shares no state object with its parent, and its output is frozen (B.1, B.3, B111)', async () => {
    const given = { list: [1] };
    class Child extends Pipeline<{ list: number[] }> {
      @Step()
      add({ state }: Ctx<this>): void {
        state.list.push(2);
      }
    }
    class Parent extends Pipeline<{ list: number[]; after: boolean }> {
      child = new Child();
      @SubPipeline(() => Child, { to: 'after' })
      sub({ state }: Ctx<this>) {
        state.list.push(9);
        return call(this.child, given);
      }
      // What a parent writes when its child has ended stays (B111).
      @Step()
      after({ input, state }: Ctx<this, { list: number[] }>): boolean {
        state.after = true;
        return Object.isFrozen(input.list);
      }
    }
    const { state, outputs } = await new Parent().run({ list: [], after: false }).result;
    expect(given).toEqual({ list: [1] });
    expect(outputs).toEqual({ sub: { list: [1, 2] }, after: true });
    expect(state).toEqual({ list: [9], after: true });
  });

  it('gets run id, context and signal of its parent', async () => {
    const seen: unknown[] = [];
    class Child extends Pipeline<object, { user: string }> {
      @Step()
      async look({ runId, context, signal, step }: Ctx<this>): Promise<void> {
        seen.push(runId, context.user, step);
        await whenAborted(signal);
        seen.push((signal.reason as Error).name);
      }
    }
    class Parent extends Pipeline<object, { user: string }> {
      child = new Child();
      @SubPipeline(() => Child)
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const run = new Parent().run({}, { id: 'r', context: { user: 'u' } });
    await sleep(3);
    await run.cancel();
    expect(seen).toEqual(['r', 'u', 'look', 'AbortError']);
  });

  it('sums its usage in the run’s', async () => {
    class Child extends Pipeline<object> {
      @Step()
      ask({ usage }: Ctx<this>): void {
        usage({ model: 'small', input: 1, output: 2 });
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @SubPipeline(() => Child, { to: 'after' })
      sub({ usage }: Ctx<this>) {
        usage({ model: 'big', input: 10, output: 20 });
        return call(this.child, {});
      }
      @Step()
      after({ usage }: Ctx<this>): void {
        usage({ model: 'small', input: 100, output: 200 });
      }
    }
    const { usage } = await new Parent().run({}).result;
    expect(usage).toEqual({
      input: 111,
      output: 222,
      models: { small: { input: 101, output: 202 }, big: { input: 10, output: 20 } },
    });
  });

  it('sees its own outputs only, and its entry gets no input', async () => {
    const seen: unknown[] = [];
    class Child extends Pipeline<object> {
      @Step({ to: 'b' })
      a({ input, outputs }: Ctx<this>): string {
        seen.push([input, outputs]);
        return 'a';
      }
      @Step()
      b({ outputs }: Ctx<this>): void {
        seen.push(outputs);
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: 'sub' })
      before(): string {
        return 'before';
      }
      @SubPipeline(() => Child)
      sub({ input }: Ctx<this, string>) {
        seen.push(input);
        return call(this.child, {});
      }
    }
    await new Parent().run({}).result;
    expect(seen).toEqual(['before', [undefined, {}], { a: 'a' }]);
  });

  it('can be any form of body: async, and one that steers instead: skip(), stop(), goto(), retry() (B113)', async () => {
    class Child extends Pipeline<object> {
      @Step()
      go(): void {}
    }
    type Way = 'call' | 'skip' | 'stop' | 'goto' | 'retry';
    class Parent extends Pipeline<object, Way> {
      child = new Child();
      @SubPipeline(() => Child, { to: 'after', goto: 'other', retry: 2 })
      async sub({
        context,
        attempt,
      }: Ctx<this>): Promise<Call<Child> | Skip | Stop | Retry | ReturnType<typeof goto<'other'>>> {
        await sleep(0);
        if (context === 'skip') return skip();
        if (context === 'stop') return stop();
        if (context === 'goto') return goto('other');
        if (context === 'retry' && attempt === 1) return retry();
        return call(this.child, {});
      }
      @Step()
      after(): void {}
      @Step()
      other(): void {}
    }
    const ways: Record<string, unknown> = {};
    for (const context of ['call', 'skip', 'stop', 'goto', 'retry'] as const) {
      const { ledger } = await new Parent().run({}, { context }).result;
      ways[context] = [ledger.sub.status, ledger.after.status, ledger.other.status];
    }
    expect(ways).toEqual({
      call: ['done', 'done', 'not taken'],
      skip: ['skipped', 'not taken', 'not taken'],
      stop: ['done', 'not taken', 'not taken'],
      goto: ['done', 'not taken', 'done'],
      retry: ['done', 'done', 'not taken'],
    });
  });

  it('commits what its own body has changed, together with its end (A.2)', async () => {
    class Child extends Pipeline<{ fail: boolean }> {
      @Step()
      go({ state }: Ctx<this>): void {
        if (state.fail) throw new Error('no');
      }
    }
    class Parent extends Pipeline<{ log: string[] }, boolean> {
      child = new Child();
      @SubPipeline(() => Child, { to: 'after' })
      sub({ state, context }: Ctx<this>) {
        state.log.push('called');
        return call(this.child, { fail: context });
      }
      @Step()
      after({ state }: Ctx<this>): void {
        state.log.push('after');
      }
    }
    expect((await new Parent().run({ log: [] }, { context: false }).result).state.log).toEqual(['called', 'after']);
    expect((await outcomeOf(new Parent().run({ log: [] }, { context: true }))).state.log).toEqual([]);
  });

  it('ends with its own stop(): the parent goes on (B107, B.4)', async () => {
    class Child extends Pipeline<{ n: number }> {
      @Step({ to: 'never' })
      halt({ state }: Ctx<this>): Stop {
        state.n = 1;
        return stop();
      }
      @Step()
      never(): void {}
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @SubPipeline(() => Child, { to: 'after' })
      sub(_: Ctx<this>) {
        return call(this.child, { n: 0 });
      }
      @Step()
      after({ input }: Ctx<this, { n: number }>): number {
        return input.n;
      }
    }
    const { outputs } = await new Parent().run({}).result;
    expect(outputs).toEqual({ sub: { n: 1 }, after: 1 });
  });

  it('goes on after a stop() of its parent, and its end counts: it is another pipeline', async () => {
    class Child extends Pipeline<{ trail: string[] }> {
      @Step({ to: 'b' })
      async a({ state }: Ctx<this>): Promise<void> {
        await sleep(8);
        state.trail.push('a');
      }
      @Step()
      b({ state }: Ctx<this>): void {
        state.trail.push('b');
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: ['sub', 'halt'] })
      begin(): void {}
      @SubPipeline(() => Child, { to: 'after' })
      sub(_: Ctx<this>) {
        return call(this.child, { trail: [] });
      }
      @Step()
      async halt(): Promise<Stop> {
        await sleep(2);
        return stop();
      }
      @Step()
      after(): void {}
    }
    const { outputs, ledger, status } = await new Parent().run({}).result;
    expect(status).toBe('success');
    expect(outputs.sub).toEqual({ trail: ['a', 'b'] });
    expect(ledger.after.why).toBe('stopped');
  });

  it('may be called in a loop, each visit with a key of its own (B.6)', async () => {
    class Child extends Pipeline<{ n: number }> {
      @Streaming()
      async *go({ state }: Ctx<this>): AsyncGenerator<string> {
        yield `${state.n}`;
        state.n++;
      }
    }
    class Parent extends Pipeline<{ n: number }> {
      child = new Child();
      @SubPipeline(() => Child, { to: 'again' })
      sub({ state }: Ctx<this>) {
        return call(this.child, { n: state.n });
      }
      @Step({ goto: 'sub' })
      again({ input, state }: Ctx<this, { n: number }>) {
        state.n = input.n;
        return state.n < 3 ? goto('sub') : undefined;
      }
    }
    const run = new Parent().run({ n: 0 });
    const events = await eventsOf(run);
    const { state, texts, ledger } = await run.result;
    expect(state.n).toBe(3);
    expect(texts).toEqual({ 'sub/go': '0', 'sub#2/go': '1', 'sub#3/go': '2' });
    expect(ledger.sub.visits).toEqual(['done', 'done', 'done']);
    expect(events.flatMap((event) => (event.type === 'token' ? [event.path] : []))).toEqual([
      ['sub'],
      ['sub#2'],
      ['sub#3'],
    ]);
  });

  it('is heard by the listeners of run and parent, not by those of the child’s instance', async () => {
    const reporter = new Reporter();
    const own = recordEvents(reporter.researcher);
    const all = recordEvents(reporter);
    await reporter.run({ title: 'x', report: '' }, { context: { tenant: 't' } }).result;
    expect(own).toEqual([]);
    expect(told(all)).toContain('step-end research/write');
  });

  it('may run in parallel with itself and others, each with its own state', async () => {
    class Child extends Pipeline<{ n: number }> {
      @Step({ to: 'b' })
      async a({ state }: Ctx<this>): Promise<void> {
        await sleep(Math.random() * 5);
        state.n *= 2;
      }
      @Step()
      async b({ state }: Ctx<this>): Promise<void> {
        await sleep(Math.random() * 5);
        state.n += 1;
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: ['left', 'right'] })
      begin(): void {}
      @SubPipeline(() => Child, { to: 'join' })
      left(_: Ctx<this>) {
        return call(this.child, { n: 1 });
      }
      @SubPipeline(() => Child, { to: 'join' })
      right(_: Ctx<this>) {
        return call(this.child, { n: 10 });
      }
      @Step()
      join({ inputs }: Join<this, { left: { n: number }; right: { n: number } }>): number[] {
        return [inputs.left.n, inputs.right.n];
      }
    }
    const parent = new Parent();
    const results = await Promise.all(Array.from({ length: 20 }, () => parent.run({}).result));
    for (const { outputs } of results) expect(outputs.join).toEqual([3, 21]);
  });
});

describe('a child that fails', () => {
  class Child extends Pipeline<{ fails: number }> {
    tries = 0;
    @Streaming({ to: 'check' })
    async *speak(): AsyncGenerator<string> {
      this.tries++;
      yield `try ${this.tries} `;
    }
    @Step()
    check({ state }: Ctx<this>): string {
      if (this.tries <= state.fails) throw new TypeError(`bad ${this.tries}`);
      return 'good';
    }
  }

  it('is the failure of its step, whose message says the way to it (promise 3)', async () => {
    class Parent extends Pipeline<object> {
      child = new Child();
      @SubPipeline(() => Child, { to: 'after' })
      research(_: Ctx<this>) {
        return call(this.child, { fails: 9 });
      }
      @Step()
      after(): void {}
    }
    const run = new Parent().run({});
    const events = await eventsOf(run);
    const { status, error, errors, ledger, outputs, text } = await outcomeOf(run);
    expect(status).toBe('failed');
    expect(error!.message).toBe('Parent.research: Child.check: bad 1');
    expect(error!.cause).toMatchObject({ message: 'Child.check: bad 1', step: 'check' });
    expect((error!.cause as Error).cause).toBeInstanceOf(TypeError);
    expect(errors.map(({ message }) => message)).toEqual(['Child.check: bad 1', 'Parent.research: Child.check: bad 1']);
    expect(ledger.research).toEqual({ status: 'failed', visits: ['failed'] });
    expect(ledger.after.why).toBe('ended');
    expect(outputs).toEqual({});
    expect(text).toBe('try 1 ');
    expect(told(events).slice(-2)).toEqual(['step-error research/check', 'step-error research']);
    expect(events.at(-1)).toMatchObject({ error: { message: 'Parent.research: Child.check: bad 1' } });
  });

  it('is tried again with its step: a new child from the same version, its text reset first (D.3, D.4)', async () => {
    class Parent extends Pipeline<{ calls: number }> {
      child = new Child();
      @SubPipeline(() => Child, { retry: { attempts: 3, delay: 2 } })
      research({ state }: Ctx<this>) {
        state.calls++;
        return call(this.child, { fails: 2 });
      }
    }
    const run = new Parent().run({ calls: 0 });
    const events = await eventsOf(run);
    const { status, state, text, errors, ledger, outputs } = await run.result;
    expect(status).toBe('success');
    // Every attempt begins from the same version.
    expect(state.calls).toBe(1);
    expect(text).toBe('try 3 ');
    expect(outputs.research).toEqual({ fails: 2 });
    expect(ledger.research.status).toBe('done');
    // The failures of the child’s steps are in the list, like every one that something around them has survived.
    expect(errors.map(({ message }) => message)).toEqual(['Child.check: bad 1', 'Child.check: bad 2']);
    expect(told(events)).toEqual([
      'step-start research',
      ...[1, 2].flatMap(() => [
        'step-start research/speak',
        'token research/speak',
        'step-end research/speak',
        'step-start research/check',
        'step-error research/check',
        'token-reset research/speak',
        'step-retry research',
      ]),
      'step-start research/speak',
      'token research/speak',
      'step-end research/speak',
      'step-start research/check',
      'step-end research/check',
      'state-change research',
      'step-end research',
    ]);
    const reset = events.filter((event) => event.type === 'token-reset');
    expect(reset).toMatchObject([
      { why: 'retry', path: ['research'] },
      { why: 'retry', path: ['research'] },
    ]);
    const retries = events.filter((event) => event.type === 'step-retry');
    expect(retries.map(({ error }) => error.message)).toEqual(['Child.check: bad 1', 'Child.check: bad 2']);
  });

  it('is recovered by the named handler of its step, which gives a state in its place (D.2)', async () => {
    class Parent extends Pipeline<object> {
      child = new Child();
      @SubPipeline(() => Child, { onError: 'rescue', to: 'after' })
      research(_: Ctx<this>) {
        return call(this.child, { fails: 9 });
      }
      @Step()
      after({ input }: Ctx<this, { fails: number }>): number {
        return input.fails;
      }
      @OnError()
      rescue({ error }: Failure<this>): { fails: number } {
        expect((error as Error).message).toBe('Child.check: bad 1');
        return { fails: -1 };
      }
    }
    const run = new Parent().run({});
    const events = await eventsOf(run);
    const { status, outputs, ledger, text } = await run.result;
    expect(status).toBe('success');
    expect(outputs).toEqual({ research: { fails: -1 }, after: -1 });
    expect(ledger.research.status).toBe('recovered');
    expect(text).toBe('');
    expect(told(events).filter((one) => /reset|error|end/.test(one))).toEqual([
      'step-end research/speak',
      'step-error research/check',
      'token-reset research/speak',
      'step-error research',
      'step-end research',
      'step-end after',
    ]);
  });

  it('is seen by the catch-all of the parent, which may skip it; what it streamed is then reset', async () => {
    for (const skips of [true, false]) {
      class Parent extends Pipeline<object> {
        child = new Child();
        seen: unknown[] = [];
        @SubPipeline(() => Child, { to: 'after' })
        research(_: Ctx<this>) {
          return call(this.child, { fails: 9 });
        }
        @Step()
        after(): void {}
        @OnError()
        caught({ failed, error }: Failure<this>): Skip | undefined {
          this.seen.push(failed, (error as Error).message);
          return skips ? skip() : undefined;
        }
      }
      const parent = new Parent();
      const { status, text, ledger } = await outcomeOf(parent.run({}));
      expect(parent.seen).toEqual(['research', 'Child.check: bad 1']);
      expect([status, text, ledger.research.status]).toEqual(
        skips ? ['success', '', 'skipped'] : ['failed', 'try 1 ', 'failed'],
      );
    }
  });

  it('has handlers of its own, which come first', async () => {
    class Careful extends Pipeline<{ said: string }> {
      @Step({ onError: 'rescue', to: 'after' })
      risky(): string {
        throw new Error('no');
      }
      @Step()
      after({ input, state }: Ctx<this, string>): void {
        state.said = input;
      }
      @OnError()
      rescue(): string {
        return 'rescued';
      }
    }
    class Parent extends Pipeline<object> {
      child = new Careful();
      @SubPipeline(() => Careful)
      research(_: Ctx<this>) {
        return call(this.child, { said: '' });
      }
      @OnError()
      caught(): never {
        throw new Error('never asked');
      }
    }
    const { outputs, errors, ledger } = await new Parent().run({}).result;
    expect(outputs.research).toEqual({ said: 'rescued' });
    expect(errors).toEqual([]);
    expect(ledger.research.status).toBe('done');
  });

  it('is survived by an any-join of the parent, and its text with it (C.5)', async () => {
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: ['research', 'other'] })
      begin(): void {}
      @SubPipeline(() => Child, { to: 'first' })
      research(_: Ctx<this>) {
        return call(this.child, { fails: 9 });
      }
      @Step({ to: 'first' })
      async other(): Promise<string> {
        await sleep(15);
        return 'other';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { research?: { fails: number }; other?: string }>): unknown {
        return inputs;
      }
    }
    const run = new Parent().run({});
    const events = await eventsOf(run);
    const { status, outputs, text } = await run.result;
    expect(status).toBe('success');
    expect(outputs.first).toEqual({ other: 'other' });
    expect(text).toBe('');
    expect(events.filter((event) => event.type === 'token-reset')).toMatchObject([{ step: 'speak', why: 'failed' }]);
  });

  it('aborts its own siblings first, and its step fails when all of them have ended (D.1)', async () => {
    const trail: string[] = [];
    class Wide extends Pipeline<object> {
      @Step({ to: ['fails', 'works'] })
      begin(): void {}
      @Step()
      async fails(): Promise<void> {
        await sleep(3);
        throw new Error('no');
      }
      @Step()
      async works({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
        await sleep(5);
        trail.push('worker ended');
      }
    }
    class Parent extends Pipeline<object> {
      child = new Wide();
      @SubPipeline(() => Wide, { onError: 'rescue' })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
      @OnError()
      rescue(): object {
        trail.push('handler');
        return {};
      }
    }
    const run = new Parent().run({});
    const events = await eventsOf(run);
    expect(trail).toEqual(['worker ended', 'handler']);
    expect(told(events).slice(-4)).toEqual([
      'step-error sub/fails',
      'step-cancel sub/works',
      'step-error sub',
      'step-end sub',
    ]);
    expect((await run.result).status).toBe('success');
  });

  it('by a conflict fails the run: no retry, no handler, no any-join takes it (A.4)', async () => {
    class Clash extends Pipeline<{ n: number }> {
      @Step({ to: ['a', 'b'] })
      begin(): void {}
      @Step()
      async a({ state }: Ctx<this>): Promise<void> {
        state.n = 1;
      }
      @Step()
      async b({ state }: Ctx<this>): Promise<void> {
        state.n = 2;
      }
    }
    class Parent extends Pipeline<object> {
      child = new Clash();
      handled = 0;
      @SubPipeline(() => Clash, { retry: 3, onError: 'rescue' })
      sub(_: Ctx<this>) {
        return call(this.child, { n: 0 });
      }
      @OnError()
      rescue(): { n: number } {
        this.handled++;
        return { n: 0 };
      }
    }
    const parent = new Parent();
    const { status, error, ledger } = await outcomeOf(parent.run({}));
    expect(status).toBe('failed');
    expect(error).toBeInstanceOf(StateConflictError);
    expect(parent.handled).toBe(0);
    expect(ledger.sub.status).toBe('failed');
  });
});

describe('timeout of a sub-pipeline step', () => {
  it('covers the body and the child together (B094, D.3)', async () => {
    class Slow extends Pipeline<object> {
      trail: string[] = [];
      @Step()
      async go({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
        this.trail.push((signal.reason as Error).name);
      }
    }
    class Parent extends Pipeline<object> {
      child = new Slow();
      @SubPipeline(() => Slow, { timeout: 40, to: 'after' })
      async sub(_: Ctx<this>) {
        await sleep(20);
        return call(this.child, {});
      }
      @Step()
      after(): void {}
    }
    const since = performance.now();
    const parent = new Parent();
    const run = parent.run({});
    const events = await eventsOf(run);
    const { error, ledger } = await outcomeOf(run);
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(error).toBeInstanceOf(StepTimeoutError);
    expect(error!.message).toBe(
      'Parent.sub: took longer than 40 ms. Raise the option timeout (step), or retry with the option retry.',
    );
    expect(error).toMatchObject({ limit: 'step', step: 'sub' });
    expect(parent.child.trail).toEqual(['AbortError']);
    expect(ledger.sub.status).toBe('failed');
    expect(told(events).slice(-2)).toEqual(['step-cancel sub/go', 'step-error sub']);
  });

  it('of each attempt begins anew, and no timer is left', async () => {
    let tries = 0;
    class Slow extends Pipeline<object> {
      @Step()
      async go({ signal }: Ctx<this>): Promise<void> {
        if (++tries < 3) await whenAborted(signal);
        else await sleep(20);
      }
    }
    class Parent extends Pipeline<object> {
      child = new Slow();
      @SubPipeline(() => Slow, { timeout: 60, retry: 3 })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await sleep(5);
    const before = timers();
    expect((await new Parent().run({}).result).status).toBe('success');
    expect(tries).toBe(3);
    await sleep(2);
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('is over when the child has ended: nothing waits for it', async () => {
    class Quick extends Pipeline<object> {
      @Step()
      go(): void {}
    }
    class Parent extends Pipeline<object> {
      child = new Quick();
      @SubPipeline(() => Quick, { timeout: 60_000 })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const since = performance.now();
    await new Parent().run({}).result;
    expect(performance.now() - since).toBeLessThan(1_000);
  });

  it('leaves a body of the child behind that ignores it, and never retries over it (D.3)', async () => {
    let tries = 0;
    class Deaf extends Pipeline<object> {
      @Step()
      async go(): Promise<void> {
        tries++;
        await sleep(150);
      }
    }
    class Parent extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 15 };
      child = new Deaf();
      @SubPipeline(() => Deaf, { timeout: 15, retry: 3 })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const { status, error, abandoned, ledger } = await outcomeOf(new Parent().run({}));
    expect(status).toBe('failed');
    expect(error).toBeInstanceOf(StepTimeoutError);
    expect(abandoned).toEqual(['sub/go']);
    expect(ledger.sub.status).toBe('abandoned');
    expect(tries).toBe(1);
    await sleep(150);
  });

  it('of a step of the child leaves a body behind just as well: the child is not run again over it (D.3)', async () => {
    let tries = 0;
    class Deaf extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 15 };
      @Step({ timeout: 15 })
      async go(): Promise<void> {
        tries++;
        await sleep(100);
      }
    }
    class Parent extends Pipeline<object> {
      child = new Deaf();
      @SubPipeline(() => Deaf, { retry: 3 })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const { abandoned, ledger } = await outcomeOf(new Parent().run({}));
    expect([tries, abandoned, ledger.sub.status]).toEqual([1, ['sub/go'], 'abandoned']);
    await sleep(100);
  });

  it('is one that a handler takes', async () => {
    class Slow extends Pipeline<{ n: number }> {
      @Step()
      async go({ signal }: Ctx<this>): Promise<void> {
        await whenAborted(signal);
      }
    }
    class Parent extends Pipeline<object> {
      child = new Slow();
      @SubPipeline(() => Slow, { timeout: 20, onError: 'late' })
      sub(_: Ctx<this>) {
        return call(this.child, { n: 0 });
      }
      @OnError()
      late({ error }: Failure<this>): { n: number } {
        return { n: (error as StepTimeoutError).limit === 'step' ? 1 : 2 };
      }
    }
    expect((await new Parent().run({}).result).outputs.sub).toEqual({ n: 1 });
  });
});

describe('whatever ends a run while children are alive', () => {
  class Leaf extends Pipeline<object> {
    trail: string[] = [];
    readonly busy = gate();
    @Step({ to: ['listen', 'stream'] })
    begin(): void {}
    @Step()
    async listen({ signal }: Ctx<this>): Promise<void> {
      await whenAborted(signal);
      this.trail.push('listen');
    }
    @Streaming({ to: 'never' })
    async *stream({ signal }: Ctx<this>): AsyncGenerator<string> {
      try {
        yield 'x';
        this.busy.open();
        await whenAborted(signal);
      } finally {
        await sleep(2);
        this.trail.push('stream');
      }
    }
    @Step()
    never(): void {
      this.trail.push('never');
    }
  }
  class Middle extends Pipeline<object> {
    leaf: Leaf;
    constructor(leaf: Leaf) {
      super();
      this.leaf = leaf;
    }
    @SubPipeline(() => Leaf)
    inner(_: Ctx<this>) {
      return call(this.leaf, {});
    }
  }
  class Root extends Pipeline<object, string> {
    leaf = new Leaf();
    middle = new Middle(this.leaf);
    @Step({ to: ['outer', 'bomb'] })
    begin(): void {}
    @SubPipeline(() => Middle, { to: 'after' })
    outer(_: Ctx<this>) {
      return call(this.middle, {});
    }
    @Step()
    async bomb({ context, signal }: Ctx<this>): Promise<void> {
      await this.leaf.busy.promise;
      if (context === 'fail') throw new Error('bang');
      await whenAborted(signal);
    }
    @Step()
    after(): void {
      this.leaf.trail.push('after');
    }
  }

  it.each(['cancel', 'fail', 'timeout', 'break', 'signal'] as const)(
    'everything inside ends, once each, and nothing runs after the end: %s',
    async (how) => {
      const root = new Root();
      const { trail, busy } = root.leaf;
      const controller = new AbortController();
      const run = root.run(
        {},
        { context: how, throwOnFailure: false, signal: controller.signal, ...(how === 'timeout' && { timeout: 150 }) },
      );
      run.on('run-end', () => void trail.push('run-end'));
      void busy.promise.then(() => {
        if (how === 'cancel') void run.cancel();
        if (how === 'signal') controller.abort();
      });
      const events: RunEvent[] = [];
      for await (const event of run) {
        events.push(event as RunEvent);
        if (how === 'break' && event.type === 'token') break;
      }
      const { status, ledger, abandoned } = await outcomeOf(run);
      expect(status).toBe(({ fail: 'failed', timeout: 'timeout' } as Record<string, string>)[how] ?? 'cancelled');
      expect(trail.at(-1)).toBe('run-end');
      expect(trail.slice(0, -1).sort()).toEqual(['listen', 'stream']);
      expect(abandoned).toEqual([]);
      expect(ledger.outer).toEqual({ status: 'cancelled', visits: ['cancelled'] });
      expect(ledger.after.why).toBe('ended');
      if (how !== 'break') {
        expect(told(events).filter((one) => one.startsWith('step-cancel') && !one.endsWith(' bomb'))).toEqual([
          'step-cancel outer/inner/listen',
          'step-cancel outer/inner/stream',
          'step-cancel outer/inner',
          'step-cancel outer',
        ]);
      }
      await sleep(5);
      expect(trail.at(-1)).toBe('run-end');
    },
  );

  it('shares one grace over all depths: what ignores it is abandoned and named with its path (F.2)', async () => {
    class Deaf extends Pipeline<object> {
      @Step()
      async go(): Promise<void> {
        await sleep(300);
      }
    }
    class Parent extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 20 };
      child = new Deaf();
      @SubPipeline(() => Deaf)
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const run = new Parent().run({});
    await sleep(5);
    const since = performance.now();
    await run.cancel();
    expect(performance.now() - since).toBeLessThan(200);
    const { abandoned, ledger } = await run.result;
    expect(abandoned).toEqual(['sub/go']);
    expect(ledger.sub.status).toBe('abandoned');
    await sleep(300);
  });

  it('leaving at the first token of a child ends all of it', async () => {
    const root = new Root();
    for await (const token of root.run({}, { context: '' }).tokens()) {
      expect(token).toBe('x');
      break;
    }
    expect(root.leaf.trail.sort()).toEqual(['listen', 'stream']);
  });
});

describe('what a call can’t be', () => {
  class Child extends Pipeline<{ n: number }> {
    @Step()
    go(): void {}
  }
  class Other extends Pipeline<{ n: number }> {
    @Step()
    go(): void {}
  }
  class Special extends Child {
    @Step()
    override go(): void {}
  }
  const failureOf = async (value: (self: { child: Child; other: Other }) => unknown): Promise<Error> => {
    class Parent extends Pipeline<object> {
      child: Child = new Special();
      other = new Other();
      #hidden = new Child();
      list = [new Child()];
      @SubPipeline(() => Child)
      sub(_: Ctx<this>) {
        return value(this) as Call<Child>;
      }
      hidden(): Child {
        return this.#hidden;
      }
    }
    const { error } = await outcomeOf(new Parent().run({}));
    expect(error).toMatchObject({ step: 'sub' });
    return error!;
  };

  it('a value that is none: NO_CALL', async () => {
    for (const value of [undefined, { n: 1 }, 'research', { pipeline: new Child(), state: { n: 1 } }]) {
      const error = await failureOf(() => value);
      expect(error).toMatchObject({ code: 'NO_CALL' });
      expect(error.message).toBe(
        'Parent.sub: returned no call() under @SubPipeline. Write return call(this.child, { … }).',
      );
    }
  });

  it('an instance that no field holds: CHILD_NOT_A_FIELD', async () => {
    const hidden = (self: unknown): Child => (self as { hidden(): Child }).hidden();
    const listed = (self: unknown): Child => (self as { list: Child[] }).list[0];
    for (const child of [() => new Child(), hidden, listed]) {
      const error = await failureOf((self) => call(child(self), { n: 1 }));
      expect(error).toMatchObject({ code: 'CHILD_NOT_A_FIELD' });
      expect(error.message).toBe(
        'Parent.sub: called an instance of Child, which no field of this pipeline holds. ' +
          'Hold it in a field of its own, not in a #private one, a list or a map: this.researcher = researcher.',
      );
    }
  });

  it('an instance of another class: WRONG_CHILD', async () => {
    const error = await failureOf((self) => call(self.other, { n: 1 }));
    expect(error).toMatchObject({ code: 'WRONG_CHILD' });
    expect(error.message).toBe(
      'Parent.sub: called an instance of Other, and @SubPipeline names Child. ' +
        'Call an instance of that class, or of a subclass.',
    );
  });

  it('an instance of a subclass it can be, and that runs', async () => {
    class Louder extends Child {
      @Step()
      override go(): void {}
      @Step()
      more(): void {}
    }
    class Sub extends Child {
      override go(): void {}
    }
    class Parent extends Pipeline<object> {
      child: Child;
      constructor(child: Child) {
        super();
        this.child = child;
      }
      @SubPipeline(() => Child)
      sub(_: Ctx<this>) {
        return call(this.child, { n: 1 });
      }
    }
    expect((await new Parent(new Sub()).run({}).result).status).toBe('success');
    // Its mistakes are those of its own class, and can only be seen when it is called.
    const { error } = await outcomeOf(new Parent(new Louder()).run({}));
    expect(error!.cause).toBeInstanceOf(BlueprintError);
    expect(error!.message).toContain('Louder');
  });

  it('a state that is no object, or no plain data', async () => {
    for (const [state, got] of [
      [null, 'null'],
      ['text', 'string'],
      [[1], 'an array'],
      [undefined, 'undefined'],
    ]) {
      const error = await failureOf((self) => call(self.child, state as never));
      expect(error).toMatchObject({ code: 'INVALID_STATE' });
      expect(error.message).toContain(`Parent.sub: call() takes the state as an object, got ${got as string}.`);
    }
    const error = await failureOf((self) => call(self.child, { n: new Date() } as never));
    expect(error.cause).toMatchObject({ code: 'NOT_PLAIN_DATA' });
    expect(error.message).toContain('the state of call() in sub.n');
  });

  it('a call from another step: DIRECTIVE_NOT_ALLOWED', async () => {
    class Plain extends Pipeline<object> {
      child = new Child();
      @Step()
      work() {
        return call(this.child, { n: 1 }) as unknown as undefined;
      }
    }
    const { error } = await outcomeOf(new Plain().run({}));
    expect(error).toMatchObject({ code: 'DIRECTIVE_NOT_ALLOWED' });
    expect(error!.message).toBe(
      'Plain.work: returned call(), but only a @SubPipeline step runs another pipeline. ' +
        'Call it from a method under @SubPipeline(() => Child).',
    );
  });
});

describe('recursion', () => {
  interface Depth {
    depth: number;
    reached: number;
  }
  class Deep extends Pipeline<Depth> {
    // Compilers may rename a class that names itself.
    static readonly pipeline = { name: 'Deep' };
    again: Deep = this;
    @SubPipeline(() => Deep, { to: 'end', concurrency: 1 })
    down({ state }: Ctx<this>): Call<Deep> | Skip {
      if (state.depth === 0) return skip();
      return call(this.again, { depth: state.depth - 1, reached: 0 });
    }
    @Step()
    end({ input, state }: Ctx<this, Depth>): void {
      state.reached = input.reached + 1;
    }
  }

  it('of an instance that holds itself ends where its author says; one slot doesn’t dead-lock it', async () => {
    const { outputs, state } = await new Deep().run({ depth: 20, reached: 0 }).result;
    expect(state.reached).toBe(20);
    expect(outputs.down).toMatchObject({ depth: 19 });
  });

  it('also between several instances, and several classes', async () => {
    class Ping extends Pipeline<{ n: number }> {
      pong!: object;
      @SubPipeline((): typeof Pong => Pong)
      go({ state }: Ctx<this>): Call<Pong> | Skip {
        return state.n === 0 ? skip() : call(this.pong as Pong, { n: state.n - 1 });
      }
    }
    class Pong extends Pipeline<{ n: number }> {
      ping!: Ping;
      @SubPipeline(() => Ping)
      go({ state }: Ctx<this>): Call<Ping> | Skip {
        return state.n === 0 ? skip() : call(this.ping, { n: state.n - 1 });
      }
    }
    const [ping, pong] = [new Ping(), new Pong()];
    ping.pong = pong;
    pong.ping = ping;
    const run = ping.run({ n: 5 });
    const events = await eventsOf(run);
    expect(events.filter(({ type }) => type === 'step-skip')).toMatchObject([
      { pipeline: 'Pong', path: ['go', 'go', 'go', 'go', 'go'] },
    ]);
    expect((await run.result).status).toBe('success');
  });

  it('is bounded: the 33rd pipeline inside one another fails its step (RECURSION_TOO_DEEP), B114', async () => {
    const run = new Deep().run({ depth: 1_000, reached: 0 });
    const events = await eventsOf(run);
    const { error } = await outcomeOf(run);
    let cause: unknown = error;
    let depth = 0;
    while ((cause as Error).cause !== undefined) [cause, depth] = [(cause as Error).cause, depth + 1];
    expect(cause).toMatchObject({ code: 'RECURSION_TOO_DEEP' });
    expect((cause as Error).message).toBe(
      'Deep.down: would be pipeline number 33 inside one another. ' +
        'Let the recursion end earlier: return a value, skip() or stop() instead of call().',
    );
    expect(depth).toBe(32);
    expect(Math.max(...events.map((event) => ('path' in event ? event.path.length : 0)))).toBe(32);
    await expect(new Deep().run({ depth: 32, reached: 0 }).result).resolves.toMatchObject({ state: { reached: 32 } });
  });

  it('is validated and drawn without end (B114)', () => {
    expect(planOf(Deep).steps[0].child).toMatchObject({ pipeline: 'Deep' });
    expect(toMermaid(Deep)).toContain('n0 -. again .-> Start');
  });
});

describe('a child with mistakes', () => {
  it('is refused with its parent, before anything runs (B114)', () => {
    class Broken extends Pipeline<object> {
      @Step({ to: 'nowhere' as never })
      go(): void {}
    }
    class Parent extends Pipeline<object> {
      child = new Broken();
      @SubPipeline(() => Broken)
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    expect(() => new Parent().run({})).toThrow(BlueprintError);
    expect(() => new Parent().run({})).toThrow(/nowhere/);
  });
});

describe('an each inside a child', () => {
  it('that is tried again takes back what all its items have said, also those that ended after it (D.4)', async () => {
    let tries = 0;
    class Child extends Pipeline<object> {
      @Step({ to: 'speak' })
      load(): string[] {
        tries++;
        return ['done', 'fails', 'late'];
      }
      @ForEach()
      async *speak({ item, signal }: Each<this, string>): AsyncGenerator<string> {
        yield `${item}${tries} `;
        if (tries > 1 || item === 'done') return;
        if (item === 'late') {
          await whenAborted(signal);
          await sleep(5);
          return;
        }
        await sleep(3);
        throw new Error('no');
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @SubPipeline(() => Child, { retry: 2 })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
    }
    const run = new Parent().run({});
    const kept = new Map<number, unknown>();
    for await (const event of run) {
      if (event.type === 'token') kept.set(event.seq, event.value);
      if (event.type !== 'token-reset') continue;
      for (const seq of kept.keys()) if (seq >= event.from && seq <= event.to) kept.delete(seq);
    }
    const { text } = await run.result;
    expect(text).toBe('done2 fails2 late2 ');
    expect([...kept.values()].join('')).toBe(text);
  });

  it('of a branch that has lost takes back what its ended items have said (C.6, D.4)', async () => {
    const spoke = gate();
    class Child extends Pipeline<object> {
      @Step({ to: 'speak' })
      load(): string[] {
        return ['done', 'alive'];
      }
      @ForEach({ concurrency: 1 })
      async *speak({ item, signal }: Each<this, string>): AsyncGenerator<string> {
        yield item;
        if (item === 'done') return;
        spoke.open();
        await whenAborted(signal);
      }
    }
    class Parent extends Pipeline<object> {
      child = new Child();
      @Step({ to: ['sub', 'quick'] })
      begin(): void {}
      @SubPipeline(() => Child, { to: 'first' })
      sub(_: Ctx<this>) {
        return call(this.child, {});
      }
      @Step({ to: 'first' })
      async quick(): Promise<string> {
        await spoke.promise;
        return 'quick';
      }
      @Step({ join: 'any' })
      first({ inputs }: Join<this, { sub?: object; quick?: string }>): unknown {
        return inputs;
      }
    }
    const run = new Parent().run({});
    const events = await eventsOf(run);
    expect((await run.result).text).toBe('');
    const resets = events.flatMap((event) => (event.type === 'token-reset' ? [[event.index, event.why]] : []));
    expect(resets.sort()).toEqual([
      [0, 'lost'],
      [1, 'lost'],
    ]);
  });
});
