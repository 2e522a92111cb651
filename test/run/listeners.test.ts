import { Pipeline, Step, Streaming, type Ctx, type Run } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, recordEvents } from '../support/record-events.js';
import { eventsOf } from '../support/events-of.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';

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

describe('listeners', () => {
  it('of a run and of its instance hear the events that an iterator reads, in order (E.4)', async () => {
    const sample = new Sample();
    const ofInstance = recordEvents(sample);
    const run = sample.run({ n: 0 });
    const ofRun = recordEvents(run);
    const read = await eventsOf(run);
    expect(ofRun).toEqual(read);
    expect(ofInstance).toEqual(read);
  });

  it('without any iterator never hold the run, and still hear everything (E.3)', async () => {
    const run = new Sample().run({ n: 0 });
    const events = recordEvents(run);
    await run.result;
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(events.find(({ type }) => type === 'custom')).toMatchObject({ name: 'note', data: { text: 'hello' } });
  });

  it('of an instance hear all its runs, those of a run only that run (promise 9)', async () => {
    const sample = new Sample();
    const ofInstance = recordEvents(sample);
    const first = sample.run({ n: 0 }, { id: 'one' });
    const ofRun = recordEvents(first);
    await Promise.all([first.result, sample.run({ n: 0 }, { id: 'two' }).result]);
    expect(new Set(ofRun.map(({ runId }) => runId))).toEqual(new Set(['one']));
    expect(new Set(ofInstance.map(({ runId }) => runId))).toEqual(new Set(['one', 'two']));
  });

  it('once() hears one event, off() none any more; both work on run and instance, and return it', async () => {
    const sample = new Sample();
    const heard: string[] = [];
    const removed = (): void => void heard.push('removed');
    for (const source of [sample, sample.run({ n: 0 })] as Run<Sample>[]) {
      const same = source
        .once('token', ({ value }) => heard.push(value))
        .on('token', removed)
        .off('token', removed);
      expect(same).toBe(source);
    }
    await sample.run({ n: 0 }).result;
    await sleep(1);
    expect(heard).toEqual(['a', 'a']);
  });

  it('that are added while an event is told hear the next one', async () => {
    const run = new Sample().run({ n: 0 });
    const heard: string[] = [];
    run.once('token', () => run.on('token', ({ value }) => heard.push(value)));
    await run.result;
    expect(heard).toEqual(['b']);
  });
});

describe('state-change', () => {
  it('says in RFC 6902 what one commit has changed, only where something has (A.8)', async () => {
    const run = new Sample().run({ n: 0 });
    const patches: unknown[] = [];
    run.on('state-change', ({ step, patch }) => patches.push([step, patch]));
    await run.result;
    expect(patches).toEqual([['first', [{ op: 'replace', path: '/n', value: 1 }]]]);
  });
});

describe('a hostile listener', () => {
  it.each(EVENT_TYPES.filter((type) => !['observer-error'].includes(type)))(
    'of %s that throws or rejects never changes the run, and is told as observer-error (promise 10)',
    async (type) => {
      const calm = await outcomeOf(new Sample().run({ n: 0, fail: true }, { id: 'r' }));
      const sample = new Sample();
      const run = sample.run({ n: 0, fail: true }, { id: 'r' });
      let heard = 0;
      sample.on(type, () => {
        heard++;
        throw new Error('a listener threw');
      });
      run.on(type, async () => {
        heard++;
        await Promise.resolve();
        throw new Error('a listener rejected');
      });
      const errors: string[] = [];
      run.on('observer-error', ({ error, during }) => errors.push(`${during}: ${error.message}`));
      const outcome = await outcomeOf(run);
      const { warnings } = outcome;
      expect({
        ...outcome,
        duration: 0,
        warnings: [],
        error: String(outcome.error),
        errors: outcome.errors.map(String),
      }).toEqual({
        ...calm,
        duration: 0,
        error: String(calm.error),
        errors: calm.errors.map(String),
      });
      await sleep(1);
      // What a listener throws once the run has ended is a warning of its result.
      expect(errors.length + warnings.length).toBe(heard);
      for (const error of errors) expect(error).toMatch(new RegExp(`^${type}: a listener (threw|rejected)$`));
      if (type === 'run-end') expect(warnings).toHaveLength(2);
    },
  );

  it('of observer-error that throws ends there: a warning, not an endless loop (promise 10)', async () => {
    const run = new Sample().run({ n: 0 });
    run.on('token', () => {
      throw new Error('first');
    });
    run.on('observer-error', () => {
      throw new Error('second');
    });
    const { status, warnings } = await run.result;
    expect(status).toBe('success');
    expect(warnings.map(({ code, error }) => [code, error.message])).toEqual([
      ['LISTENER_FAILED', 'second'],
      ['LISTENER_FAILED', 'second'],
    ]);
  });

  it('that throws does not keep the next listener from hearing (promise 10)', async () => {
    const run = new Sample().run({ n: 0 });
    const heard: string[] = [];
    run.on('token', () => {
      throw undefined;
    });
    run.on('token', ({ value }) => heard.push(value));
    await run.result;
    expect(heard).toEqual(['a', 'b']);
  });

  it('that never resolves holds nothing (promise 10)', async () => {
    const run = new Sample().run({ n: 0 });
    run.on('token', () => new Promise(() => undefined));
    expect((await run.result).status).toBe('success');
  });

  it('that cancels the run inside a token ends it as a cancel does (E.7)', async () => {
    const run = new Sample().run({ n: 0 });
    run.on('token', () => void run.cancel('enough'));
    const { status, text, ledger } = await run.result;
    expect(status).toBe('cancelled');
    expect(text).toBe('a');
    expect(ledger).toMatchObject({ first: { status: 'cancelled' }, second: { why: 'ended' } });
  });

  it('that starts another run inside an event starts it (promise 9)', async () => {
    const sample = new Sample();
    const started: Run<Sample>[] = [];
    sample.on('run-end', () => {
      if (started.length < 3) started.push(sample.run({ n: started.length }));
    });
    await sample.run({ n: 9 }).result;
    await sleep(5);
    expect(await Promise.all(started.map(async ({ result }) => (await result).state.n))).toEqual([1, 2, 3]);
  });

  it('that cancels inside run-end changes nothing any more (E.7)', async () => {
    const run = new Sample().run({ n: 0 });
    run.on('run-end', () => void run.cancel());
    expect((await run.result).status).toBe('success');
  });
});
