import { MisuseError, observe, Pipeline, RunFailedError, Step, Streaming, type Ctx, type RunEvent } from 'stepstream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OBSERVERS } from '../../src/run/observers.js';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { EVENT_TYPES } from '../support/record-events.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';

class Sample extends Pipeline<{ n: number; fail?: boolean }> {
  @Streaming({ to: 'second' })
  async *first({ state, emit }: Ctx<this>): AsyncGenerator<string> {
    state.n++;
    emit('note', { text: 'hello' });
    yield 'a';
    yield 'b';
  }
  @Step()
  second({ state }: Ctx<this>): void {
    if (state.fail) throw new Error('no');
  }
}

class Other extends Pipeline<object> {
  @Step()
  only(): string {
    return 'other';
  }
}

/** Ends when it is cancelled. */
class Waiting extends Pipeline<object> {
  @Step()
  async wait({ signal }: Ctx<this>): Promise<void> {
    await whenAborted(signal);
  }
}

/** A hundred events in one go. */
class Burst extends Pipeline<object> {
  @Step()
  burst({ emit }: Ctx<this>): void {
    for (let i = 0; i < 100; i++) emit('tick', i);
  }
}

const dataOf = (event: RunEvent): unknown => (event.type === 'custom' ? event.data : event.type);

let disposers: (() => void)[] = [];
/** Observes until the test has ended. */
const watch: typeof observe = (...given) => {
  const dispose = observe(...given);
  disposers.push(dispose);
  return dispose;
};

beforeEach(() => expect(OBSERVERS).toMatchObject({ all: [], any: false, tokens: false }));
afterEach(() => {
  for (const dispose of disposers) dispose();
  disposers = [];
});

describe('an observer', () => {
  it('sees every event of all runs of all pipelines, in order per run, the very ones that iterators read', async () => {
    const seen: RunEvent[] = [];
    watch((event) => seen.push(event));
    const read = await Promise.all([
      eventsOf(new Sample().run({ n: 0 }, { id: 'one' })),
      eventsOf(new Sample().run({ n: 0, fail: true }, { id: 'two' })),
      eventsOf(new Other().run({}, { id: 'three' })),
    ]);
    for (const events of read) {
      const ofRun = seen.filter(({ runId }) => runId === events[0].runId);
      expect(ofRun).toEqual(events);
      expect(ofRun.every((event, place) => event === events[place])).toBe(true);
    }
    expect(seen).toHaveLength(read.flat().length);
    expect(seen.every((event) => Object.isFrozen(event))).toBe(true);
  });

  it('sees a run that nobody reads or listens to, tokens and state changes included', async () => {
    const seen: RunEvent[] = [];
    watch({ onEvent: (event) => void seen.push(event) });
    await new Sample().run({ n: 0 }).result;
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, place) => place + 1));
    expect(seen.filter(({ type }) => type === 'token')).toMatchObject([{ value: 'a' }, { value: 'b' }]);
    expect(seen.filter(({ type }) => type === 'state-change')).toMatchObject([
      { step: 'first', patch: [{ op: 'replace', path: '/n', value: 1 }] },
    ]);
    expect(seen.at(-1)).toMatchObject({ type: 'run-end', status: 'success' });
  });

  it('is told only of the types that it names; others are not even made for it', async () => {
    const seen: string[] = [];
    watch({ types: ['run-start', 'run-end'], onEvent: ({ type, seq }) => void seen.push(`${type} ${seq}`) });
    expect(OBSERVERS).toMatchObject({ any: true, tokens: false });
    await new Sample().run({ n: 0 }).result;
    expect(seen).toEqual(['run-start 1', expect.stringMatching(/^run-end \d+$/)]);
    watch({ types: ['token'], onEvent: ({ value }) => void seen.push(String(value)) });
    expect(OBSERVERS.tokens).toBe(true);
    await new Sample().run({ n: 0 }).result;
    expect(seen.slice(2)).toEqual(['run-start 1', 'a', 'b', expect.stringMatching(/^run-end \d+$/)]);
  });

  it('sees from the middle on what a run tells that began before it', async () => {
    const opened = gate();
    class Slow extends Pipeline<object> {
      @Step({ to: 'after' })
      async before(): Promise<void> {
        await opened.promise;
      }
      @Step()
      after(): void {}
    }
    const run = new Slow().run({});
    await sleep(2);
    const seen: string[] = [];
    watch((event) => seen.push('step' in event ? `${event.type} ${event.step}` : event.type));
    opened.open();
    await run.result;
    expect(seen).toEqual(['step-end before', 'step-start after', 'step-end after', 'run-end']);
  });

  it('keeps its `this`, and may be observed by several at once', async () => {
    class Counter {
      count = 0;
      onEvent(): void {
        this.count++;
      }
    }
    const counter = new Counter();
    watch(counter);
    watch(counter);
    const events = await eventsOf(new Other().run({}));
    expect(counter.count).toBe(2 * events.length);
  });

  it('may start, cancel and observe from inside an event; each run still comes in order', async () => {
    const seen: RunEvent[] = [];
    let other: Promise<unknown> | undefined;
    const waiting = new Waiting().run({}, { id: 'waiting' });
    watch((event) => {
      seen.push(event);
      if (event.type === 'token' && event.value === 'a') {
        void waiting.cancel();
        other = new Other().run({}, { id: 'other' }).result;
        watch(() => undefined);
      }
    });
    await new Sample().run({ n: 0 }, { id: 'sample' }).result;
    await Promise.all([other, waiting.result]);
    for (const id of ['sample', 'other', 'waiting']) {
      const seqs = seen.filter(({ runId }) => runId === id).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, place) => place + 1));
      expect(seqs.length).toBeGreaterThan(2);
    }
  });
});

describe('a slow observer', () => {
  it('is told one event after the other, and never holds a run', async () => {
    const seen: unknown[] = [];
    const first = gate();
    let inside = 0;
    watch({
      types: ['custom'],
      onEvent: async (event) => {
        expect(++inside).toBe(1);
        seen.push(dataOf(event));
        await (seen.length === 1 ? first.promise : Promise.resolve());
        inside--;
      },
    });
    await new Burst().run({}).result;
    expect(seen).toEqual([0]);
    first.open();
    await sleep(5);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('misses the oldest beyond its queue, and is told how many before it is told the next', async () => {
    const seen: unknown[] = [];
    const first = gate();
    watch(
      {
        types: ['custom'],
        onEvent: (event) => {
          seen.push(dataOf(event));
          return seen.length === 1 ? first.promise : undefined;
        },
        onDrop: (count) => seen.push(`dropped ${count}`),
      },
      { queue: 10 },
    );
    await new Burst().run({}).result;
    first.open();
    await sleep(5);
    expect(seen).toEqual([0, 'dropped 89', 90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  });

  it('may also be slow while it is told how many it has missed', async () => {
    const seen: unknown[] = [];
    const gates = [gate(), gate()];
    watch(
      {
        types: ['custom'],
        onEvent: (event) => {
          seen.push(dataOf(event));
          return seen.length === 1 ? gates[0].promise : undefined;
        },
        onDrop: (count) => {
          seen.push(`dropped ${count}`);
          return gates[1].promise;
        },
      },
      { queue: 2 },
    );
    await new Burst().run({}).result;
    gates[0].open();
    await sleep(5);
    expect(seen).toEqual([0, 'dropped 97']);
    await new Burst().run({}).result;
    gates[1].open();
    await sleep(5);
    expect(seen).toEqual([0, 'dropped 97', 'dropped 100', 98, 99]);
  });

  it('waits for 1,000 events by default', async () => {
    const seen: unknown[] = [];
    const first = gate();
    watch({
      types: ['custom'],
      onEvent: (event) => {
        seen.push(dataOf(event));
        return seen.length === 1 ? first.promise : undefined;
      },
      onDrop: (count) => seen.push(`dropped ${count}`),
    });
    for (let i = 0; i < 11; i++) await new Burst().run({}).result;
    first.open();
    await sleep(5);
    expect(seen.slice(0, 3)).toEqual([0, 'dropped 99', 0]);
    expect(seen).toHaveLength(1_002);
  });

  it('that needs no drops told has them dropped all the same', async () => {
    const seen: unknown[] = [];
    const first = gate();
    const onEvent = (event: RunEvent): unknown => {
      seen.push(dataOf(event));
      return seen.length === 1 ? first.promise : undefined;
    };
    watch({ types: ['custom'], onEvent }, { queue: 1 });
    await new Burst().run({}).result;
    first.open();
    await sleep(5);
    expect(seen).toEqual([0, 99]);
  });
});

/** What a run is about, without what differs from run to run. */
const gist = async (state: { n: number; fail?: boolean }): Promise<unknown> => {
  const { duration, error, errors, warnings, ...rest } = await outcomeOf(new Sample().run(state, { id: 'r' }));
  expect([duration, warnings]).toEqual([expect.any(Number), expect.any(Array)]);
  return { ...rest, error: String(error), errors: errors.map(String) };
};

describe('a failing observer', () => {
  const ways: [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('bad observer');
      },
    ],
    ['rejects', () => Promise.reject(new Error('bad observer'))],
    [
      'gives a hostile thenable',
      () => ({
        then() {
          throw new Error('bad observer');
        },
      }),
    ],
  ];

  it.each(ways)('that %s never changes a run, and is told as observer-error once per event', async (way, fail) => {
    const calm = [await gist({ n: 0 }), await gist({ n: 0, fail: true })];
    const types = EVENT_TYPES.filter((type) => type !== 'observer-error' && type !== 'run-end');
    watch({ types, onEvent: fail });
    expect([await gist({ n: 0 }), await gist({ n: 0, fail: true })]).toEqual(calm);
    const run = new Sample().run({ n: 0 });
    const events = await eventsOf(run);
    await sleep(5);
    const told = events
      .filter((event) => event.type === 'observer-error')
      .map(({ during, error }) => `${during}: ${error.message}`);
    // One that is behind at the end of the run is a warning in its result from then on.
    const { warnings } = await run.result;
    const warned = warnings.map(({ message, error }) => `${/"(.+)"/.exec(message)![1]}: ${error.message}`);
    const others = events.filter(({ type }) => type !== 'observer-error' && type !== 'run-end');
    expect([...told, ...warned].sort()).toEqual(others.map(({ type }) => `${type}: bad observer`).sort());
    if (way === 'throws') expect(warned).toEqual([]);
  });

  it('does not keep others from seeing', async () => {
    watch(() => {
      throw new Error('bad observer');
    });
    const seen: RunEvent[] = [];
    watch((event) => seen.push(event));
    const events = await eventsOf(new Sample().run({ n: 0 }));
    expect(seen).toEqual(events);
  });

  it.each(ways)('that %s at each event, observer-errors included, makes no endless circle', async (_, fail) => {
    watch(fail);
    const run = new Sample().run({ n: 0 });
    const events = await eventsOf(run);
    await sleep(5);
    const { warnings } = await run.result;
    const during = warnings.map(({ message }) => /"(.+?)"/.exec(message)![1]);
    expect(warnings.every(({ code }) => code === 'LISTENER_FAILED')).toBe(true);
    // Once for all observer-errors, and once for each other event that it was told of after the end.
    expect(during.filter((type) => type === 'observer-error')).toHaveLength(1);
    expect(during.at(-1)).toBe('run-end');
    const told = events.filter((event) => event.type === 'observer-error').map((event) => event.during);
    const others = events.filter(({ type }) => type !== 'observer-error').map(({ type }) => type);
    expect([...told, ...during.filter((type) => type !== 'observer-error')].sort()).toEqual(others.sort());
  });

  it('is also told when it fails at being told what it has missed', async () => {
    const first = gate();
    let seen = 0;
    watch(
      {
        types: ['custom'],
        onEvent: () => (seen++ === 0 ? first.promise : undefined),
        onDrop: () => {
          throw new Error('bad drop');
        },
      },
      { queue: 1 },
    );
    class Long extends Pipeline<object> {
      @Step()
      async burst({ emit }: Ctx<this>): Promise<void> {
        for (let i = 0; i < 100; i++) emit('tick', i);
        first.open();
        await sleep(5);
      }
    }
    const events = await eventsOf(new Long().run({}));
    const told = events.filter((event) => event.type === 'observer-error');
    expect(told).toMatchObject([{ during: 'custom', error: { message: 'bad drop' } }]);
    expect(seen).toBe(2);
  });
});

describe('a failure of a run that only an observer was told of (E.6)', () => {
  const unhandledOf = (): Promise<unknown[]> =>
    catchUnhandled(async () => {
      new Sample().run({ n: 0, fail: true });
      await sleep(10);
    });

  it.each<[string, readonly RunEvent['type'][] | undefined]>([
    ['everything', undefined],
    ['its end', ['run-end']],
    ['the failure of its step', ['step-error']],
  ])('is no unhandled rejection when it sees %s', async (_, types) => {
    watch({ onEvent: () => undefined, ...(types && { types }) });
    expect(await unhandledOf()).toEqual([]);
  });

  it('is one when it sees only other things', async () => {
    watch({ types: ['run-start', 'token'], onEvent: () => undefined });
    const unhandled = await unhandledOf();
    expect(unhandled).toEqual([expect.any(RunFailedError)]);
  });

  it('is one when it observes no more', async () => {
    watch(() => undefined)();
    expect(await unhandledOf()).toEqual([expect.any(RunFailedError)]);
  });
});

describe('the function that observe() returns', () => {
  it('ends it at once, also for what waits; calling it again does nothing', async () => {
    const seen: unknown[] = [];
    const first = gate();
    const dispose = watch((event) => {
      seen.push(event.type);
      return first.promise;
    });
    const other = watch(() => undefined);
    await new Sample().run({ n: 0 }).result;
    dispose();
    dispose();
    expect(OBSERVERS.all).toHaveLength(1);
    first.open();
    await new Sample().run({ n: 0 }).result;
    await sleep(5);
    expect(seen).toEqual(['run-start']);
    other();
    expect(OBSERVERS).toMatchObject({ all: [], any: false, tokens: false });
  });

  it('may be called from inside an event', async () => {
    const seen: string[] = [];
    const dispose = watch(({ type }) => {
      seen.push(type);
      dispose();
    });
    const late: string[] = [];
    watch(({ type }) => late.push(type));
    await new Other().run({}).result;
    expect(seen).toEqual(['run-start']);
    expect(late).toEqual(['run-start', 'step-start', 'step-end', 'run-end']);
  });

  it('leaves nothing behind: neither the observer nor an event that waited', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const events: WeakRef<object>[] = [];
    const kept: { dispose: () => void; observer: WeakRef<object> }[] = [];
    // In a function of its own, so that no variable of this one holds anything.
    const observeBriefly = async (): Promise<void> => {
      const stuck = new Promise<void>(() => undefined);
      const observer = {
        onEvent(event: RunEvent): Promise<void> {
          events.push(new WeakRef(event));
          return stuck;
        },
      };
      kept.push({ dispose: watch(observer), observer: new WeakRef(observer) });
      watch((event) => void events.push(new WeakRef(event)))();
      await new Burst().run({}).result;
      kept[0].dispose();
    };
    await observeBriefly();
    await vi.waitFor(() => {
      collect();
      // Compared as yes and no: what a failed comparison shows is kept alive by it.
      expect(events.map((event) => event.deref() === undefined)).toEqual(events.map(() => true));
      expect(kept[0].observer.deref() === undefined).toBe(true);
    });
  });
});

describe('observe()', () => {
  it('sees the runs of another loaded copy of the package', async () => {
    const seen: string[] = [];
    watch(({ type, pipeline }) => seen.push(`${type} ${pipeline}`));
    vi.resetModules();
    const copy = await import('stepstream');
    expect(copy.Pipeline).not.toBe(Pipeline);
    class Copied extends copy.Pipeline<object> {
      only(): void {}
    }
    copy.Step()(Copied.prototype, 'only', Object.getOwnPropertyDescriptor(Copied.prototype, 'only'));
    const mine: string[] = [];
    disposers.push(copy.observe(({ type, pipeline }) => mine.push(`${type} ${pipeline}`)));
    await new Copied().run({}).result;
    await new Other().run({}).result;
    expect(seen).toEqual([
      ...['run-start', 'step-start', 'step-end', 'run-end'].map((type) => `${type} Copied`),
      ...['run-start', 'step-start', 'step-end', 'run-end'].map((type) => `${type} Other`),
    ]);
    expect(mine).toEqual(seen);
  });

  it.each<[string, unknown, object | undefined, string]>([
    ['nothing', undefined, undefined, 'takes a function'],
    ['null', null, undefined, 'takes a function'],
    ['an object without onEvent', {}, undefined, 'takes a function'],
    ['an onDrop that is no function', { onEvent() {}, onDrop: 1 }, undefined, 'onDrop must be a function'],
    ['types that are no list', { onEvent() {}, types: 'token' }, undefined, 'types must be a list'],
    ['a type that is no text', { onEvent() {}, types: [1] }, undefined, 'types must be a list'],
    ['a queue of 0', () => undefined, { queue: 0 }, 'queue must be'],
    ['half an event', () => undefined, { queue: 1.5 }, 'queue must be'],
    ['an endless queue', () => undefined, { queue: Infinity }, 'queue must be'],
  ])('refuses %s', (_, observer, options, message) => {
    const call = (): unknown => observe(observer as () => void, options);
    expect(call).toThrow(MisuseError);
    expect(call).toThrow(message);
    expect(OBSERVERS.any).toBe(false);
  });
});
