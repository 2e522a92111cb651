import { goto, OnError, Pipeline, skip, Step, Streaming, type Ctx, type Join } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';

describe('goto()', () => {
  it("takes the place of `to`: the step's other edges close (B.4)", async () => {
    class Routing extends Pipeline<{ urgent: boolean }> {
      @Step({ to: 'queue', goto: ['page', 'mail'] })
      triage({ state }: Ctx<this>) {
        return state.urgent ? goto('page', 'wake up') : undefined;
      }
      @Step() queue(): void {}
      @Step() page({ input }: Ctx<this, string>): string {
        return input;
      }
      @Step() mail(): void {}
    }
    const urgent = await new Routing().run({ urgent: true }).result;
    expect(urgent.outputs).toEqual({ page: 'wake up' });
    expect(urgent.ledger.queue).toEqual({ status: 'not taken', visits: [], why: 'dead', by: 'triage' });
    const calm = await new Routing().run({ urgent: false }).result;
    expect(calm.ledger.queue.status).toBe('done');
    expect(calm.ledger.page).toMatchObject({ why: 'dead', by: 'triage' });
  });

  it('to a join is an arrival like any other: it waits for the other parents, and `inputs` has what was carried', async () => {
    const slow = gate();
    class Joining extends Pipeline<object> {
      @Step({ to: ['left', 'right'] })
      start(): void {}
      @Step({ to: 'both', goto: 'aside' })
      left() {
        setTimeout(() => slow.open(), 1);
        return goto('both', 'carried');
      }
      @Step({ to: 'both' })
      async right(): Promise<string> {
        await slow.promise;
        return 'right';
      }
      @Step() aside(): void {}
      @Step()
      both({ inputs, input }: Join<this, { left?: string; right: string }> & Ctx<this>): unknown {
        return { inputs, input };
      }
    }
    const { outputs } = await new Joining().run({}).result;
    expect(outputs.both).toEqual({ inputs: { left: 'carried', right: 'right' }, input: 'carried' });
  });

  it('elsewhere leaves a join with what arrived, and the step that went away as dead', async () => {
    class Leaving extends Pipeline<object> {
      @Step({ to: ['left', 'right'] })
      start(): void {}
      @Step({ to: 'both', goto: 'aside' })
      left() {
        return goto('aside', undefined);
      }
      @Step({ to: 'both' })
      right(): string {
        return 'right';
      }
      @Step() aside(): void {}
      @Step()
      both({ inputs }: Join<this, { left?: undefined; right: string }>): unknown {
        return inputs;
      }
    }
    const run = new Leaving().run({});
    const events = await eventsOf(run);
    expect((await run.result).outputs.both).toEqual({ right: 'right' });
    expect(events.find(({ type }) => type === 'join')).toMatchObject({ arrived: ['right'], dead: ['left'] });
  });

  it('may be returned by a generator, after its tokens', async () => {
    class Talking extends Pipeline<object> {
      @Streaming({ to: 'normal', goto: 'other' })
      async *talk() {
        yield 'a';
        yield 'b';
        return goto('other', 3);
      }
      @Step() normal(): void {}
      @Step() other({ input }: Ctx<this, number>): number {
        return input * 2;
      }
    }
    const { text, outputs, ledger } = await new Talking().run({}).result;
    expect([text, outputs.other, ledger.normal.status]).toEqual(['ab', 6, 'not taken']);
  });

  it('of a handler steers for the step it stands in for (D.2)', async () => {
    class Recovering extends Pipeline<object> {
      @Step({ to: 'next', goto: 'plan' })
      start(): string {
        throw new Error('down');
      }
      @OnError()
      handle() {
        return goto('plan', 'b');
      }
      @Step() next(): void {}
      @Step() plan({ input }: Ctx<this, string>): string {
        return `plan ${input}`;
      }
    }
    const { status, outputs, ledger } = await outcomeOf(new Recovering().run({}));
    expect(status).toBe('success');
    expect(outputs.plan).toBe('plan b');
    expect(ledger.start.status).toBe('recovered');
    expect(ledger.next).toMatchObject({ why: 'dead', by: 'start' });
  });

  it('decides an any-join, and what only led there by another way has lost (C.6)', async () => {
    class Racing extends Pipeline<object> {
      @Step({ to: ['quick', 'slow'] })
      start(): void {}
      @Step({ goto: ['first', 'aside'] })
      quick() {
        return goto('first', 'quick');
      }
      @Step({ to: 'first' })
      async slow({ signal }: Ctx<this>): Promise<string> {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return 'slow';
      }
      @Step({ join: 'any', to: 'end' })
      first({ input }: Ctx<this, string>): string {
        return input;
      }
      @Step() aside(): void {}
      @Step() end(): void {}
    }
    const { outputs, ledger } = await new Racing().run({}).result;
    expect(outputs.first).toBe('quick');
    expect(ledger).toMatchObject({ slow: { status: 'lost' }, aside: { why: 'dead', by: 'quick' } });
  });

  it('where it may be needed, not taking it is no failure: skip() closes it too', async () => {
    class Skipping extends Pipeline<object> {
      @Step({ goto: 'again', to: 'end' })
      start() {
        return skip();
      }
      @Step({ to: 'start' }) again(): void {}
      @Step() end(): void {}
    }
    const { status, ledger } = await new Skipping().run({}).result;
    expect(status).toBe('success');
    expect(ledger).toMatchObject({ start: { visits: ['skipped'] }, again: { by: 'start' }, end: { by: 'start' } });
  });
});
