import { goto, Pipeline, skip, Step, stop, Streaming, suspend, Switch, type Ctx, type Join } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { reread, suspendedOf } from '../support/suspended-of.js';

interface Order {
  item: string;
  log: string[];
}

class Approval extends Pipeline<Order> {
  static readonly pipeline = { name: 'approval', merge: { log: 'append' } } as const;
  calls: string[] = [];

  @Step({ to: ['approve', 'price'] })
  begin({ state }: Ctx<this>) {
    this.calls.push('begin');
    state.log.push('begin');
    return state.item.length;
  }
  @Step({ to: 'order' })
  approve({ state, input }: Ctx<this, number>) {
    this.calls.push('approve');
    state.log.push('asked');
    return suspend<string>({ buy: state.item, letters: input });
  }
  @Step({ to: 'order' })
  price() {
    this.calls.push('price');
    return 7;
  }
  @Step()
  order({ inputs, state }: Join<this, { approve: string; price: number }>) {
    this.calls.push('order');
    state.log.push('ordered');
    return `${inputs.approve} for ${inputs.price}`;
  }
}

const tea: Order = { item: 'tea', log: [] };

describe('a suspension (H.1, H.2)', () => {
  it('ends its step while other branches go on, and the run when only suspensions are left', async () => {
    const bot = new Approval();
    const run = bot.run(tea, { id: 'order-1' });
    const events = await eventsOf(run);
    const result = await suspendedOf(run);
    expect(bot.calls).toEqual(['begin', 'approve', 'price']);
    expect(result.asks).toEqual([{ step: 'approve', key: 'approve', path: [], ask: { buy: 'tea', letters: 3 } }]);
    expect(result.state.log).toEqual(['begin', 'asked']);
    expect(result.outputs).toEqual({ begin: 3, price: 7 });
    expect(result.ledger.approve).toEqual({ status: 'suspended', visits: ['suspended'] });
    expect(result.ledger.order).toMatchObject({ status: 'not taken' });
    expect(events.filter(({ type }) => type === 'step-suspend')).toEqual([
      expect.objectContaining({ step: 'approve', ask: { buy: 'tea', letters: 3 } }),
    ]);
    const end = events.at(-1)!;
    expect(end).toMatchObject({ type: 'run-end', status: 'suspended', checkpoint: result.checkpoint });
    expect(result.checkpoint).toMatchObject({ v: 1, runId: 'order-1', segment: 1, pipeline: 'approval', seq: end.seq });
  });

  it("gives a checkpoint that is plain JSON, frozen, and nobody else's", async () => {
    const { checkpoint, state } = await suspendedOf(new Approval().run(tea));
    expect(reread(checkpoint)).toEqual(checkpoint);
    expect(Object.isFrozen(checkpoint.root.state)).toBe(true);
    expect(checkpoint.root.state).not.toBe(state);
  });

  it('goes on behind the step with the answer as its output, and runs nothing before it again', async () => {
    const first = await suspendedOf(new Approval().run(tea));
    const bot = new Approval();
    const run = bot.resume(reread(first.checkpoint), { approve: 'yes' });
    const events = await eventsOf(run);
    const result = await run.result;
    expect(bot.calls).toEqual(['order']);
    expect(result.status).toBe('success');
    expect(result.outputs).toEqual({ begin: 3, price: 7, approve: 'yes', order: 'yes for 7' });
    expect(result.state.log).toEqual(['begin', 'asked', 'ordered']);
    expect(Object.values(result.ledger).map(({ visits }) => visits)).toEqual([['done'], ['done'], ['done'], ['done']]);
    expect(events.map((event) => ('step' in event ? `${event.type} ${event.step}` : event.type))).toEqual([
      'run-start',
      'step-end approve',
      'join order',
      'step-start order',
      'state-change order',
      'step-end order',
      'run-end',
    ]);
  });

  it('goes on as the same run in its next segment: id, seq and one run-end each', async () => {
    const bot = new Approval();
    const first = bot.run(tea, { id: 'order-2' });
    const before = await eventsOf(first);
    const { checkpoint } = await suspendedOf(first);
    const second = bot.resume(checkpoint, { approve: 'yes' });
    const after = await eventsOf(second);
    expect(second.id).toBe('order-2');
    expect([...before, ...after].map(({ seq }) => seq)).toEqual([...before, ...after].map((_, place) => place + 1));
    expect(new Set([...before, ...after].map(({ runId }) => runId))).toEqual(new Set(['order-2']));
    expect([before[0], after[0]]).toMatchObject([
      { type: 'run-start', segment: 1 },
      { type: 'run-start', segment: 2 },
    ]);
    expect([...before, ...after].filter(({ type }) => type === 'run-end')).toHaveLength(2);
  });

  it('is no failure: result resolves, and an iterator ends without an error', async () => {
    const run = new Approval().run(tea);
    const types: string[] = [];
    for await (const { type } of run) types.push(type);
    expect(types.at(-1)).toBe('run-end');
    await expect(run.result).resolves.toMatchObject({ status: 'suspended' });
  });

  it('lasts: the same checkpoint can be resumed twice where no store prevents it', async () => {
    const bot = new Approval();
    const { checkpoint } = await suspendedOf(bot.run(tea));
    const results = await Promise.all(
      ['yes', 'no'].map(async (approve) => {
        const { outputs } = await new Approval().resume(checkpoint, { approve }).result;
        return outputs.order;
      }),
    );
    expect(results).toEqual(['yes for 7', 'no for 7']);
  });

  it('may be answered by anything plain, also null and false', async () => {
    class Any extends Pipeline<object> {
      static readonly pipeline = { name: 'any' };
      @Step({ to: 'next' })
      ask() {
        return suspend<unknown>('?');
      }
      @Step()
      next({ input }: Ctx<this, unknown>) {
        return { got: input } as { got?: unknown };
      }
    }
    const { checkpoint } = await suspendedOf(new Any().run({}));
    for (const answer of [null, false, 0, '', [], { a: [1] }]) {
      const { outputs } = await new Any().resume(checkpoint, { ask: answer }).result;
      expect(outputs.ask).toEqual(answer);
      expect(outputs.next).toEqual({ got: answer });
    }
  });
});

class Three extends Pipeline<{ seen: string[] }> {
  static readonly pipeline = { name: 'three', merge: { seen: 'append' } } as const;
  @Step({ to: ['a', 'b', 'c'] })
  begin() {}
  @Step({ to: 'end' })
  a() {
    return suspend<number>('a?');
  }
  @Step({ to: 'end' })
  b() {
    return suspend<number>('b?');
  }
  @Step({ to: 'after' })
  c() {
    return suspend<number>('c?');
  }
  @Step({ to: 'end' })
  after({ input, state, usage }: Ctx<this, number>) {
    state.seen.push(`after ${input}`);
    usage({ model: 'm', input: 1, output: 2 });
    return input * 10;
  }
  @Step()
  end({ inputs }: Join<this, { a: number; b: number; after: number }>) {
    return [inputs.a, inputs.b, inputs.after];
  }
}

const ORDERS = [
  [['a'], ['b'], ['c']],
  [['c'], ['b'], ['a']],
  [['b'], ['c', 'a']],
  [['a', 'b'], ['c']],
  [['c', 'a', 'b']],
];

describe('several suspensions', () => {
  it('are told in plan order, whoever suspended first', async () => {
    const { asks } = await suspendedOf(new Three().run({ seen: [] }));
    expect(asks.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  it.each(ORDERS)('are answered in any order, some later: %j %j %j', async (...order) => {
    const answers: Record<string, number> = { a: 1, b: 2, c: 3 };
    let last = await suspendedOf(new Three().run({ seen: [] }));
    let left = ['a', 'b', 'c'];
    for (const [round, keys] of order.filter(Boolean).entries()) {
      const given = Object.fromEntries(keys.map((key) => [key, answers[key]]));
      const result = await new Three().resume(reread(last.checkpoint), given).result;
      left = left.filter((key) => !keys.includes(key));
      // What an answer frees has run, whatever else still waits.
      expect(result.state.seen).toEqual(left.includes('c') ? [] : ['after 3']);
      if (left.length > 0) {
        expect(result.status).toBe('suspended');
        last = result as typeof last;
        expect(last.asks.map(({ key }) => key)).toEqual(left);
        expect(last.checkpoint.segment).toBe(round + 2);
      } else {
        expect(result).toMatchObject({ status: 'success', outputs: { end: [1, 2, 30] } });
        expect(result.usage).toEqual({ input: 1, output: 2, models: { m: { input: 1, output: 2 } } });
        expect(Object.values(result.ledger).map(({ status }) => status)).toEqual(Array(6).fill('done'));
      }
    }
  });
});

describe('a suspension in a loop', () => {
  class Draft extends Pipeline<{ drafts: string[] }> {
    static readonly pipeline = { name: 'draft' };
    @Step({ to: 'review' })
    write({ state, input }: Ctx<this, string | undefined>) {
      state.drafts.push(`draft ${state.drafts.length + 1}${input === undefined ? '' : ` after "${input}"`}`);
      return state.drafts.at(-1)!;
    }
    @Step({ to: 'decide' })
    review({ input }: Ctx<this, string>) {
      return suspend<string>(input);
    }
    @Step({ goto: 'write', to: 'publish' })
    decide({ input }: Ctx<this, string>) {
      return input === 'ok' ? undefined : goto('write', input);
    }
    @Step()
    publish({ state }: Ctx<this>) {
      return state.drafts.length;
    }
  }

  it('asks anew in each round, under a key of its own', async () => {
    let last = await suspendedOf(new Draft().run({ drafts: [] }));
    const keys = [last.asks[0].key];
    for (const answer of ['longer', 'shorter']) {
      last = await suspendedOf(new Draft().resume(reread(last.checkpoint), { [last.asks[0].key]: answer }));
      keys.push(last.asks[0].key);
    }
    expect(keys).toEqual(['review', 'review#2', 'review#3']);
    expect(last.asks[0].ask).toBe('draft 3 after "shorter"');
    const result = await new Draft().resume(reread(last.checkpoint), { 'review#3': 'ok' }).result;
    expect(result).toMatchObject({ status: 'success', outputs: { publish: 3 } });
    expect(result.ledger.review.visits).toEqual(['done', 'done', 'done']);
    expect(result.state.drafts).toEqual(['draft 1', 'draft 2 after "longer"', 'draft 3 after "shorter"']);
  });

  it('keeps its round open: what else has jumped waits for the answer', async () => {
    class Round extends Pipeline<{ rounds: number }> {
      static readonly pipeline = { name: 'round' };
      @Step({ to: ['ask', 'again'] })
      head({ state }: Ctx<this>) {
        return ++state.rounds;
      }
      @Step({ to: 'check' })
      ask({ input }: Ctx<this, number>) {
        return input === 1 ? suspend<number>('first round?') : input;
      }
      @Step({ to: 'out', goto: 'head' })
      check({ input }: Ctx<this, number>) {
        return input > 100 ? goto('head') : undefined;
      }
      @Step({ goto: 'head' })
      again({ input }: Ctx<this, number>) {
        return input === 1 ? goto('head') : undefined;
      }
      @Step()
      out() {}
    }
    const first = await suspendedOf(new Round().run({ rounds: 0 }));
    expect(first.state.rounds).toBe(1);
    const result = await new Round().resume(reread(first.checkpoint), { ask: 100 }).result;
    expect(result).toMatchObject({ status: 'success', state: { rounds: 2 } });
    expect(result.ledger.out.visits).toEqual(['done', 'done']);
    expect(result.ledger.ask.visits).toEqual(['done', 'done']);
  });
});

describe('a switch that suspends', () => {
  class Route extends Pipeline<object> {
    static readonly pipeline = { name: 'route' };
    @Step({ to: 'route' })
    load() {
      return { text: 'hello' };
    }
    @Switch({ cases: { keep: 'keep', drop: 'drop', end: null } })
    route({ input }: Ctx<this, { text: string }>) {
      return suspend<'keep' | 'drop' | 'end'>(input.text);
    }
    @Step()
    keep({ input }: Ctx<this, { text: string }>) {
      return `kept ${input.text}`;
    }
    @Step()
    drop({ input }: Ctx<this, { text: string }>) {
      return `dropped ${input.text}`;
    }
  }

  it('takes its key as the answer, and its case gets its own input', async () => {
    const { checkpoint } = await suspendedOf(new Route().run({}));
    const kept = await new Route().resume(reread(checkpoint), { route: 'keep' }).result;
    expect(kept.outputs).toEqual({ load: { text: 'hello' }, route: 'keep', keep: 'kept hello' });
    expect(kept.ledger.drop).toMatchObject({ status: 'not taken', why: 'dead', by: 'route' });
    const dropped = await new Route().resume(reread(checkpoint), { route: 'drop' }).result;
    expect(dropped.outputs).toMatchObject({ drop: 'dropped hello' });
    const ended = await new Route().resume(reread(checkpoint), { route: 'end' }).result;
    expect(ended.outputs).toEqual({ load: { text: 'hello' }, route: 'end' });
  });
});

describe('a generator that suspends', () => {
  class Talk extends Pipeline<object> {
    static readonly pipeline = { name: 'talk' };
    @Streaming({ to: 'reply' })
    async *ask() {
      yield 'May ';
      yield 'I? ';
      return suspend<string>('may I?');
    }
    @Streaming()
    async *reply({ input }: Ctx<this, string>) {
      yield 'You said ';
      yield input;
    }
  }

  it('has streamed before it returns suspend(), and its text goes on in the next segment', async () => {
    const first = await suspendedOf(new Talk().run({}));
    expect([first.text, first.texts]).toEqual(['May I? ', { ask: 'May I? ' }]);
    const run = new Talk().resume(reread(first.checkpoint), { ask: 'yes' });
    const tokens: unknown[] = [];
    for await (const token of run.tokens()) tokens.push(token);
    const { text, texts, outputs } = await run.result;
    expect(tokens).toEqual(['You said ', 'yes']);
    expect(text).toBe('May I? You said yes');
    expect(texts).toEqual({ ask: 'May I? ', reply: 'You said yes' });
    expect(outputs).toEqual({ ask: 'yes', reply: 'You said yes' });
  });
});

describe('what is decided while something waits', () => {
  class Race extends Pipeline<object> {
    static readonly pipeline = { name: 'race' };
    @Step({ to: ['a', 'b', 'c'] })
    begin() {}
    @Streaming({ to: 'won' })
    async *a() {
      yield 'a asks ';
      return suspend<string>('a?');
    }
    @Streaming({ to: 'won' })
    async *b() {
      yield 'b asks ';
      return suspend<string>('b?');
    }
    @Step({ to: 'later' })
    c() {
      return suspend<string>('c?');
    }
    @Step({ join: 'any' })
    won({ input }: Ctx<this, string>) {
      return input;
    }
    @Step()
    later({ input }: Ctx<this, string>) {
      return input;
    }
  }

  it('a suspended loser of an any-join is lost with what it has said, and its answer is not wanted any more', async () => {
    const first = await suspendedOf(new Race().run({}));
    expect(first.text).toBe('a asks b asks ');
    const run = new Race().resume(reread(first.checkpoint), { b: 'me' });
    const events = await eventsOf(run);
    const second = await suspendedOf(run);
    expect(second.ledger).toMatchObject({
      a: { visits: ['lost'] },
      b: { visits: ['done'] },
      won: { visits: ['done'] },
    });
    expect(second.asks.map(({ key }) => key)).toEqual(['c']);
    expect(second.text).toBe('b asks ');
    expect(events).toContainEqual(expect.objectContaining({ type: 'token-reset', step: 'a', why: 'lost' }));
    expect(events).toContainEqual(expect.objectContaining({ type: 'step-cancel', step: 'a', why: 'lost' }));
    expect(() => new Race().resume(second.checkpoint, { a: 'late' })).toThrow('nothing waits for the answer "a"');
    const last = await new Race().resume(reread(second.checkpoint), { c: 'done' }).result;
    expect(last.outputs).toEqual({ b: 'me', won: 'me', c: 'done', later: 'done' });
  });

  it('of two answers that come together the first in plan order wins', async () => {
    const first = await suspendedOf(new Race().run({}));
    const run = new Race().resume(first.checkpoint, { b: 'second', a: 'first' });
    const events = await eventsOf(run);
    const { ledger, outputs, text } = await suspendedOf(run);
    expect(outputs).toEqual({ a: 'first', won: 'first' });
    expect(ledger).toMatchObject({ a: { visits: ['done'] }, b: { visits: ['lost'] }, won: { visits: ['done'] } });
    expect(text).toBe('a asks ');
    expect(events.filter(({ type }) => type === 'step-end' || type === 'step-cancel')).toMatchObject([
      { type: 'step-end', step: 'a' },
      { type: 'step-cancel', step: 'b', why: 'lost' },
      { type: 'step-end', step: 'won' },
    ]);
  });

  class Ending extends Pipeline<{ how: string; by?: string[] }> {
    static readonly pipeline = { name: 'ending' };
    @Step({ to: ['ask', 'other', 'end'] })
    begin() {}
    @Step({ to: 'next' })
    ask() {
      return suspend<number>('?');
    }
    @Step({ to: 'next' })
    other() {
      return suspend<number>('other?');
    }
    @Step()
    async end({ state }: Ctx<this>) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (state.how === 'fail') throw new Error('no');
      return state.how === 'stop' ? stop() : skip();
    }
    @Step()
    next({ inputs }: Join<this, { ask: number; other: number }>) {
      return inputs.ask + inputs.other;
    }
  }

  it('a stop ends the pipeline with success: what waits is skipped, and there is no checkpoint', async () => {
    const run = new Ending().run({ how: 'stop' });
    const events = await eventsOf(run);
    const result = await run.result;
    expect(result).toMatchObject({ status: 'success' });
    expect(result).not.toHaveProperty('checkpoint');
    expect(result.ledger).toMatchObject({
      ask: { visits: ['skipped'] },
      other: { visits: ['skipped'] },
      next: { status: 'not taken', why: 'stopped' },
    });
    expect(events.filter(({ type }) => type === 'step-skip')).toMatchObject([{ step: 'ask' }, { step: 'other' }]);
  });

  it('a failure fails the run: what waits is cancelled, and there is no checkpoint', async () => {
    const run = new Ending().run({ how: 'fail' });
    const events = await eventsOf(run);
    const result = await outcomeOf(run);
    expect(result.status).toBe('failed');
    expect(result).not.toHaveProperty('checkpoint');
    expect(result.ledger).toMatchObject({ ask: { visits: ['cancelled'] }, other: { visits: ['cancelled'] } });
    expect(events.filter(({ type }) => type === 'step-cancel')).toMatchObject([{ step: 'ask' }, { step: 'other' }]);
  });

  it('a cancel cancels what waits too', async () => {
    const run = new Ending().run({ how: 'wait' });
    setTimeout(() => void run.cancel(), 1);
    const { status, ledger } = await run.result;
    expect(status).toBe('cancelled');
    expect(ledger).toMatchObject({ ask: { visits: ['cancelled'] }, end: { visits: ['cancelled'] } });
  });

  it('cancel while one is answered and another waits: the answered one is done, the rest cancelled', async () => {
    class Slow extends Pipeline<object> {
      static readonly pipeline = { name: 'slow' };
      @Step({ to: ['a', 'b'] })
      begin() {}
      @Step({ to: 'work' })
      a() {
        return suspend<number>('?');
      }
      @Step()
      b() {
        return suspend<number>('?');
      }
      @Step()
      async work({ signal }: Ctx<this, number>) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }
    }
    const { checkpoint } = await suspendedOf(new Slow().run({}));
    const run = new Slow().resume(reread(checkpoint), { a: 1 });
    setTimeout(() => void run.cancel(), 2);
    const { status, ledger } = await run.result;
    expect(status).toBe('cancelled');
    expect(ledger).toMatchObject({
      a: { visits: ['done'] },
      b: { visits: ['cancelled'] },
      work: { visits: ['cancelled'] },
    });
    // A cancelled segment has taken nothing from its checkpoint.
    const again = new Slow().resume(reread(checkpoint), { b: 1 });
    await expect(again.result).resolves.toMatchObject({ status: 'suspended', ledger: { b: { visits: ['done'] } } });
  });
});

describe('a suspension without a name', () => {
  it('fails the step, for a checkpoint names its pipeline', async () => {
    class Nameless extends Pipeline<object> {
      @Step()
      ask() {
        return suspend<number>('?');
      }
    }
    const { error } = await outcomeOf(new Nameless().run({}));
    expect(error).toMatchObject({ code: 'UNNAMED_PIPELINE', step: 'ask' });
  });
});
