import { goto, OnError, Pipeline, skip, Step, stop, Switch, type Ctx, type Failure, type Join } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';

interface Ask {
  kind: string;
}

describe('@Switch', () => {
  class Router extends Pipeline<Ask> {
    @Step({ to: 'route' })
    read({ state }: Ctx<this>): { text: string } {
      return { text: state.kind };
    }
    @Switch({ cases: { web: 'web', docs: 'docs', nothing: null }, default: 'other' })
    route({ input }: Ctx<this, { text: string }>): string {
      return input.text;
    }
    @Step({ to: 'answer' })
    web({ input }: Ctx<this, { text: string }>): string {
      return `web: ${input.text}`;
    }
    @Step({ to: 'answer' })
    docs({ input }: Ctx<this, { text: string }>): string {
      return `docs: ${input.text}`;
    }
    @Step()
    other({ input }: Ctx<this, { text: string }>): string {
      return `other: ${input.text}`;
    }
    @Step()
    answer({ inputs }: Join<this, { web?: string; docs?: string }>): unknown {
      return inputs;
    }
  }

  it("leads to the case of the key, with the switch's own input; a join behind it has that alone (B.2, C.3)", async () => {
    const run = new Router().run({ kind: 'web' });
    const events = await eventsOf(run);
    const { outputs, ledger } = await run.result;
    expect(outputs).toEqual({
      read: { text: 'web' },
      route: 'web',
      web: 'web: web',
      answer: { web: 'web: web' },
    });
    expect(ledger.docs).toEqual({ status: 'not taken', visits: [], why: 'dead', by: 'route' });
    expect(ledger.other).toEqual({ status: 'not taken', visits: [], why: 'dead', by: 'route' });
    expect(events.find(({ type }) => type === 'join')).toMatchObject({ arrived: ['web'], dead: ['docs'] });
  });

  it('leads by default where there is no case, and nowhere by null', async () => {
    expect((await new Router().run({ kind: 'constructor' }).result).outputs.other).toBe('other: constructor');
    const { status, outputs, ledger } = await new Router().run({ kind: 'nothing' }).result;
    expect({ status, outputs }).toEqual({
      status: 'success',
      outputs: { read: { text: 'nothing' }, route: 'nothing' },
    });
    expect(ledger.answer).toMatchObject({ why: 'dead', by: 'route' });
  });

  it('compares keys as text: numbers and booleans are keys too', async () => {
    class Counting extends Pipeline<{ left: number }> {
      @Switch({ cases: { 0: 'none', 1: 'one', true: 'many', false: null } })
      count({ state }: Ctx<this>): 0 | 1 | boolean {
        return state.left < 2 ? (state.left as 0 | 1) : state.left < 5;
      }
      @Step() none(): void {}
      @Step() one(): void {}
      @Step() many(): void {}
    }
    const taken = async (left: number): Promise<string[]> => {
      const { ledger } = await new Counting().run({ left }).result;
      return Object.entries(ledger).flatMap(([name, { status }]) => (status === 'done' ? [name] : []));
    };
    expect(await taken(0)).toEqual(['count', 'none']);
    expect(await taken(1)).toEqual(['count', 'one']);
    expect(await taken(2)).toEqual(['count', 'many']);
    expect(await taken(5)).toEqual(['count']);
  });

  it('opens a new round where a case leads back (C.2)', async () => {
    class Improving extends Pipeline<{ drafts: string[] }> {
      @Step({ to: 'judge' })
      write({ state, input }: Ctx<this, number | undefined>): number {
        state.drafts.push(`draft after ${input}`);
        return state.drafts.length;
      }
      @Switch({ cases: { again: 'write', good: 'publish' } })
      judge({ input }: Ctx<this, number>): 'again' | 'good' {
        return input < 3 ? 'again' : 'good';
      }
      @Step()
      publish({ state }: Ctx<this>): string {
        return state.drafts.join('; ');
      }
    }
    const { outputs, ledger } = await new Improving().run({ drafts: [] }).result;
    expect(outputs.publish).toBe('draft after undefined; draft after 1; draft after 2');
    expect(ledger.judge.visits).toHaveLength(3);
  });

  it('honours skip, stop and goto, which replaces its cases (B.4)', async () => {
    class Steering extends Pipeline<Ask> {
      @Switch({ cases: { on: 'next' }, goto: 'far' })
      route({ state }: Ctx<this>) {
        if (state.kind === 'skip') return skip();
        if (state.kind === 'stop') return stop();
        return state.kind === 'goto' ? goto('far', 7) : 'on';
      }
      @Step() next(): void {}
      @Step() far({ input }: Ctx<this, number>): number {
        return input;
      }
    }
    const statuses = async (kind: string) => {
      const { ledger, outputs } = await new Steering().run({ kind }).result;
      return [...Object.values(ledger).map(({ status, why }) => why ?? status), outputs.far];
    };
    expect(await statuses('on')).toEqual(['done', 'done', 'dead', undefined]);
    expect(await statuses('skip')).toEqual(['skipped', 'dead', 'dead', undefined]);
    expect(await statuses('stop')).toEqual(['done', 'stopped', 'stopped', undefined]);
    expect(await statuses('goto')).toEqual(['done', 'dead', 'done', 7]);
  });

  it('fails where no case has its key, and its handler chooses in its stead (D.2)', async () => {
    class Strict extends Pipeline<Ask> {
      @Switch({ cases: { web: 'web', docs: 'docs' }, onError: 'guess' })
      route({ state }: Ctx<this>): 'web' | 'docs' {
        return state.kind as 'web';
      }
      @OnError()
      guess({ error }: Failure<this>): 'docs' {
        expect(error).toMatchObject({ code: 'UNKNOWN_CASE', message: expect.stringContaining('webb') });
        return 'docs';
      }
      @Step() web(): void {}
      @Step() docs(): void {}
    }
    const { status, ledger } = await outcomeOf(new Strict().run({ kind: 'webb' }));
    expect(status).toBe('success');
    expect([ledger.route.status, ledger.docs.status, ledger.web.status]).toEqual(['recovered', 'done', 'not taken']);
  });
});
