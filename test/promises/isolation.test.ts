import { Pipeline, Step, Streaming, type Ctx, type RunEvent } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';
import { recordEvents } from '../support/record-events.js';

interface Secret {
  canary: string;
  list: string[];
  deep: { seen?: string };
}

class Shared extends Pipeline<Secret, { canary: string }> {
  @Step({ to: ['left', 'right'] })
  begin({ state, context, emit }: Ctx<this>): { canary: string } {
    emit('canary', { canary: context.canary });
    state.list.push(state.canary);
    return { canary: state.canary };
  }
  @Streaming({ to: 'end' })
  async *left({ state, input }: Ctx<this, { canary: string }>): AsyncGenerator<string> {
    state.deep.seen = input.canary;
    yield input.canary;
    await Promise.resolve();
    yield state.canary;
  }
  @Step({ to: 'end', retry: 2 })
  async right({ state, attempt }: Ctx<this>): Promise<string> {
    await new Promise(setImmediate);
    if (attempt === 1) throw new Error(state.canary);
    return state.canary;
  }
  @Step()
  end({ outputs, state }: Ctx<this>): unknown {
    return { ...outputs, own: state.canary };
  }
}

const CANARY = /canary-\d+-/g;

/** Every canary in a value, each once. */
const canariesIn = (value: unknown): string[] => [...new Set(JSON.stringify(value).match(CANARY) ?? [])];

describe('promise 9: isolation', () => {
  it('10,000 concurrent runs on one instance: no canary in a foreign event, output, text or state', async () => {
    const shared = new Shared();
    const foreign: RunEvent[] = [];
    const counts = new Map<string, number>();
    const listen = shared.on.bind(shared) as (type: RunEvent['type'], listener: (event: RunEvent) => void) => unknown;
    for (const type of ['token', 'custom', 'step-end', 'step-retry', 'state-change', 'run-end'] as const)
      listen(type, (event) => {
        for (const canary of canariesIn(event)) if (canary !== event.runId) foreign.push(event);
        counts.set(event.runId, (counts.get(event.runId) ?? 0) + 1);
      });
    const runs = Array.from({ length: 10_000 }, (_, i) => {
      const canary = `canary-${i}-`;
      return shared.run({ canary, list: [], deep: {} }, { id: canary, context: { canary } });
    });
    const results = await Promise.all(runs.map(({ result }) => result));
    expect(foreign).toEqual([]);
    // custom, two tokens, a retry, four step-ends, two state changes, run-end
    expect(new Set(counts.values())).toEqual(new Set([11]));
    for (const { runId, state, outputs, text } of results) {
      if (state.list.length !== 1 || text !== runId + runId) throw new Error(`${runId} has ${text}`);
      expect(canariesIn([state, outputs])).toEqual([runId]);
    }
  }, 60_000);

  it('an output can’t be changed by a follower, nor by the step that returned it', async () => {
    const kept = { deep: { list: [1, 2] } };
    class Follow extends Pipeline<{ way: string }> {
      @Step({ to: 'follow' })
      begin(): { deep: { list: number[] } } {
        setImmediate(() => kept.deep.list.push(99));
        return kept;
      }
      @Step()
      async follow({ state, input }: Ctx<this, { deep: { list: number[] } }>): Promise<number[]> {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (state.way === 'push') input.deep.list.push(3);
        if (state.way === 'assign') input.deep = { list: [] };
        if (state.way === 'delete') delete (input as { deep?: unknown }).deep;
        return input.deep.list;
      }
    }
    const follow = new Follow();
    expect((await follow.run({ way: 'read' }).result).outputs.follow).toEqual([1, 2]);
    kept.deep.list.length = 2;
    for (const way of ['push', 'assign', 'delete']) {
      const { status, error, outputs } = await outcomeOf(follow.run({ way }));
      kept.deep.list.length = 2;
      expect(status).toBe('failed');
      expect(error?.message).toContain('Follow.follow');
      expect(error?.cause).toBeInstanceOf(TypeError);
      expect(outputs.begin).toEqual({ deep: { list: [1, 2] } });
    }
  });

  it('pieces of state and of a service’s cache are not frozen with an output (B.1)', async () => {
    const cache = { hits: [1] };
    class Cached extends Pipeline<{ list: number[] }> {
      @Step({ to: 'second' })
      first({ state }: Ctx<this>): unknown {
        const output = { list: state.list, cache };
        state.list.push(1);
        return output;
      }
      @Step()
      second({ state }: Ctx<this>): void {
        state.list.push(2);
      }
    }
    const { state } = await new Cached().run({ list: [] }).result;
    expect(state.list).toEqual([1, 2]);
    expect(Object.isFrozen(cache) || Object.isFrozen(cache.hits)).toBe(false);
  });

  it('two followers of one step share its output, and neither can disturb the other', async () => {
    class Two extends Pipeline<object> {
      @Step({ to: ['b', 'c'] })
      a(): { n: number[] } {
        return { n: [3, 1, 2] };
      }
      @Step()
      b({ input }: Ctx<this, { n: number[] }>): number[] {
        return input.n.toSorted();
      }
      @Step()
      c({ input }: Ctx<this, { n: number[] }>): number[] {
        const mine = structuredClone(input);
        mine.n.push(4);
        return mine.n;
      }
    }
    expect((await new Two().run({}).result).outputs).toEqual({ a: { n: [3, 1, 2] }, b: [1, 2, 3], c: [3, 1, 2, 4] });
  });

  it('two instances of one class share nothing: neither listeners, nor ids, nor hooks', async () => {
    class Counted extends Pipeline<object> {
      @Step()
      work(): void {}
    }
    const [one, two] = [new Counted(), new Counted()];
    const heard = recordEvents(one);
    await Promise.all([one.run({}, { id: 'x' }).result, two.run({}, { id: 'x' }).result]);
    expect(heard.filter(({ type }) => type === 'run-end')).toHaveLength(1);
  });
});
