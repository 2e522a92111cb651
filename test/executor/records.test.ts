import { call, ForEach, Pipeline, Step, Streaming, SubPipeline, suspend, type Ctx, type Each } from 'stepstream';
import { memoryStore } from 'stepstream/storage/memory';
import { describe, expect, it, vi } from 'vitest';
import type { RunRecord, RunStore } from '../../src/ports/run-store.js';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { suspendedOf } from '../support/suspended-of.js';

class Child extends Pipeline<{ n: number }> {
  static readonly pipeline = { name: 'child' };
  @Step()
  double({ state }: Ctx<this>) {
    state.n *= 2;
  }
}

class Shop extends Pipeline<{ item: string; total?: number }> {
  static readonly pipeline = { name: 'shop' };
  readonly child = new Child();

  @Step({ to: 'work', retry: { attempts: 2 } })
  load({ attempt, usage }: Ctx<this>) {
    usage({ model: 'small', input: 1, output: 2 });
    if (attempt === 1) throw new Error('once');
    return [1, 2];
  }
  @ForEach({ to: 'sub' })
  work({ item }: Each<this, number>) {
    return item > 1 ? item : undefined;
  }
  @SubPipeline(() => Child, { to: 'ask' })
  sub() {
    return call(this.child, { n: 21 });
  }
  @Step({ to: 'say' })
  ask({ state }: Ctx<this>) {
    return suspend<number>(`how much ${state.item}?`);
  }
  @Streaming()
  async *say({ input, state }: Ctx<this, number>) {
    state.total = input;
    yield `${input} pieces`;
  }
}

/** A store that notes which records it is given. */
function watched(store: RunStore = memoryStore()) {
  const saved: RunRecord[] = [];
  const watching: RunStore = {
    claim: (...args) => store.claim(...args),
    release: (...args) => store.release(...args),
    save: (record) => {
      saved.push(structuredClone(record));
      return store.save(record);
    },
    get: (id) => store.get(id),
    list: (query) => store.list(query),
    prune: (retention) => store.prune(retention),
    delete: (id) => store.delete(id),
    close: () => store.close(),
  };
  return { store: watching, saved };
}

describe('the record of a run with a store', () => {
  it('says what became of the run and of every step, and when', async () => {
    const { store, saved } = watched();
    const before = Date.now();
    const result = await suspendedOf(new Shop().run({ item: 'tea' }, { id: 'r1', store }));
    const record = (await store.get('r1'))!;
    expect(saved.map(({ status }) => status)).toEqual(['running', 'suspended']);
    expect(record).toMatchObject({
      ...{ v: 1, runId: 'r1', pipeline: 'shop', status: 'suspended', segment: 1, text: '' },
      fingerprint: result.checkpoint.fingerprint,
      usage: { input: 2, output: 4, models: { small: { input: 2, output: 4 } } },
      outputs: { load: [1, 2], work: [null, 2], sub: { n: 42 } },
      state: { item: 'tea' },
      asks: [{ step: 'ask', key: 'ask', path: [], ask: 'how much tea?' }],
    });
    expect(record.ledger).toEqual(JSON.parse(JSON.stringify(result.ledger)));
    expect(record.checkpoint).toEqual(result.checkpoint);
    expect(record.steps.map(({ key, status, attempt }) => [key, status, attempt])).toEqual([
      ['load', 'done', 2],
      ['work', 'done', 1],
      ['work[0]', 'done', 1],
      ['work[1]', 'done', 1],
      ['sub', 'done', 1],
      ['sub/double', 'done', 1],
      ['ask', 'suspended', 1],
    ]);
    for (const { startedAt, endedAt } of record.steps) {
      expect(startedAt).toBeGreaterThanOrEqual(before);
      expect(endedAt).toBeGreaterThanOrEqual(startedAt);
    }
    expect(record.startedAt).toBeGreaterThanOrEqual(before);
    expect(record.endedAt).toBeGreaterThanOrEqual(record.steps.at(-1)!.startedAt);
  });

  it('is one over all segments: it began with the first, and the checkpoint stays while the next one runs', async () => {
    const { store, saved } = watched();
    const first = await suspendedOf(new Shop().run({ item: 'tea' }, { id: 'r2', store }));
    await sleep(5);
    const result = await new Shop().resume(first.checkpoint, { ask: 3 }, { store }).result;
    expect(result.warnings).toEqual([]);
    const [, suspended, running, success] = saved;
    expect(saved.map(({ status, segment }) => [status, segment])).toEqual([
      ['running', 1],
      ['suspended', 1],
      ['running', 2],
      ['success', 2],
    ]);
    expect(running).toMatchObject({
      checkpoint: first.checkpoint,
      startedAt: suspended.startedAt,
      state: { item: 'tea' },
    });
    expect(running).not.toHaveProperty('endedAt');
    expect(success).not.toHaveProperty('checkpoint');
    expect(success).not.toHaveProperty('asks');
    expect(success).toMatchObject({ startedAt: suspended.startedAt, text: '3 pieces', state: { total: 3 } });
    expect(success.steps.map(({ key, status }) => [key, status])).toEqual([
      ...suspended.steps.slice(0, -1).map(({ key, status }) => [key, status]),
      ['ask', 'done'],
      ['say', 'done'],
    ]);
    const [asked, answered] = [suspended, success].map(({ steps }) => steps.find(({ key }) => key === 'ask')!);
    expect(answered.startedAt).toBe(asked.startedAt);
    expect(answered.endedAt).toBeGreaterThanOrEqual(asked.endedAt! + 4);
    expect(await store.get('r2')).toEqual(JSON.parse(JSON.stringify(success)));
  });

  it('is kept before run-end is told, and says what the result says, for every end', async () => {
    class Ends extends Pipeline<{ how: string }> {
      static readonly pipeline = { name: 'ends' };
      @Step()
      async go({ state, signal }: Ctx<this>) {
        if (state.how === 'fail') throw new Error('broken');
        if (state.how !== 'success') await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }
    }
    for (const [how, status] of [
      ['success', 'success'],
      ['fail', 'failed'],
      ['cancel', 'cancelled'],
      ['time', 'timeout'],
    ]) {
      const store = memoryStore();
      const run = new Ends().run({ how }, { id: how, store, ...(how === 'time' && { timeout: 5 }) });
      const seen: unknown[] = [];
      run.on('run-end', async () => seen.push((await store.get(how))?.status));
      if (how === 'cancel') setTimeout(() => void run.cancel(), 2);
      const result = await outcomeOf(run);
      await sleep(1);
      expect(result.status).toBe(status);
      expect(seen).toEqual([status]);
      const record = (await store.get(how))!;
      expect(record.ledger).toEqual(JSON.parse(JSON.stringify(result.ledger)));
      expect(record.steps).toMatchObject([{ key: 'go', status: result.ledger.go.status }]);
      if (how === 'fail') expect(record.error).toMatchObject({ name: 'StepError', code: 'STEP_FAILED' });
    }
  });

  it('is nothing that the first step waits for', async () => {
    let release!: (kept: boolean) => void;
    const slow = vi.fn(() => new Promise<boolean>((resolve) => (release = resolve)));
    const store = { ...watched().store, save: slow };
    class Quick extends Pipeline<object> {
      static readonly pipeline = { name: 'quick' };
      @Step()
      go() {
        return 'went';
      }
    }
    const run = new Quick().run({}, { store });
    let ended = false;
    void run.result.then(() => (ended = true));
    await sleep(5);
    // The end waits: its record comes behind the first.
    expect([ended, slow.mock.calls.length]).toEqual([false, 1]);
    release(true);
    await sleep(1);
    expect(slow).toHaveBeenCalledTimes(2);
    release(true);
    expect((await run.result).outputs).toEqual({ go: 'went' });
  });

  it('is not made before the run can go on: a startup that fails leaves one record, of the failure', async () => {
    const { store, saved } = watched();
    class Down extends Pipeline<object> {
      static readonly pipeline = { name: 'down' };
      @Step()
      go() {}
    }
    const down = new Down();
    const controller = new AbortController();
    controller.abort(new Error('before it began'));
    const result = await outcomeOf(down.run({}, { store, id: 'd', signal: controller.signal }));
    expect(result.status).toBe('cancelled');
    expect(saved.map(({ status }) => status)).toEqual(['cancelled']);
  });
});

describe('a store that fails', () => {
  class Plain extends Pipeline<object> {
    static readonly pipeline = { name: 'plain', hookTimeout: 30 };
    @Step()
    go() {
      return 1;
    }
  }
  const failing = (save: RunStore['save']): RunStore => ({ ...watched().store, save });

  it('never changes the run: that its record was not kept is a warning', async () => {
    const store = failing(async () => {
      throw Object.assign(new Error('the disk is full'), { code: 'STORE_FAILED' });
    });
    const unhandled = await catchUnhandled(async () => {
      const run = new Plain().run({}, { store });
      const events = await eventsOf(run);
      const { status, outputs, warnings } = await run.result;
      expect([status, outputs]).toEqual(['success', { go: 1 }]);
      const error = { name: 'Error', message: 'the disk is full', code: 'STORE_FAILED' };
      const warning = {
        code: 'RECORD_NOT_SAVED',
        message: 'The record of this run could not be kept: the disk is full',
        error,
      };
      expect(warnings).toEqual([warning, warning]);
      expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'success' });
    });
    expect(unhandled).toEqual([]);
  });

  it('also if it throws at once, and if it hangs: the wait is bounded by hookTimeout', async () => {
    const thrown = await new Plain().run(
      {},
      {
        store: failing(() => {
          throw new Error('now');
        }),
      },
    ).result;
    expect(thrown.warnings.map(({ code }) => code)).toEqual(['RECORD_NOT_SAVED', 'RECORD_NOT_SAVED']);
    const begin = performance.now();
    const hung = await new Plain().run({}, { store: failing(() => new Promise(() => undefined)) }).result;
    expect(hung.status).toBe('success');
    expect(hung.warnings.at(-1)?.message).toContain('it has not answered within 30 ms');
    expect(performance.now() - begin).toBeLessThan(1_000);
  });

  it('is told when a later segment is there already', async () => {
    const { warnings } = await new Plain().run({}, { store: failing(async () => false) }).result;
    expect(warnings.at(-1)?.message).toContain('the store has a record of a later segment of this run');
  });

  it('leaves the steps of earlier segments out if their record can’t be read, and warns', async () => {
    const { store, saved } = watched();
    const first = await suspendedOf(new Shop().run({ item: 'tea' }, { id: 'r3', store }));
    const broken = { ...store, get: () => Promise.reject(new Error('unreadable')) };
    const { status, warnings } = await new Shop().resume(first.checkpoint, { ask: 3 }, { store: broken }).result;
    expect(status).toBe('success');
    expect(warnings).toMatchObject([{ code: 'RECORD_NOT_SAVED', error: { message: 'unreadable' } }]);
    expect(saved.at(-1)!.steps.map(({ key, status }) => [key, status])).toEqual([
      ['ask', 'done'],
      ['say', 'done'],
    ]);
  });
});

describe('what a store needs', () => {
  it('is a class with a name, and otherwise says so at once', () => {
    class Nameless extends Pipeline<object> {
      @Step()
      go() {}
    }
    expect(() => new Nameless().run({}, { store: memoryStore() })).toThrow(
      expect.objectContaining({ code: 'UNNAMED_PIPELINE' }),
    );
  });
});
