import { describe, expect, test } from 'vitest';
import { Pipeline, Streaming, type AnyRun, type Ctx, type RunEvent } from '../../src/index.js';
import { LateRun, type LateFacts } from '../../src/engine/durable/late-run.js';
import { Listeners } from '../../src/run/listeners.js';
import { Run } from '../../src/run/run.js';
import { catchUnhandled } from '../support/catch-unhandled.js';
import { gate } from '../support/gate.js';
import { sleep } from '../support/sleep.js';

class Speaker extends Pipeline<{ words: string[] }> {
  static readonly pipeline = { name: 'speaker' };
  ended = gate<boolean>();

  @Streaming()
  async *speak({ state, signal }: Ctx<this>) {
    try {
      for (const word of state.words) {
        if (word === 'fail') throw new Error('no such word');
        if (word === 'wait') await new Promise((_, reject) => signal.addEventListener('abort', reject));
        yield word;
      }
    } finally {
      this.ended.open(signal.aborted);
    }
  }
}

/** A run that has been started by `start` when that resolves; as a client it is the handle of another one. */
function late(start: () => Promise<AnyRun>, facts: Partial<LateFacts> = {}) {
  const shared = new Listeners();
  const ended = gate();
  const host = new LateRun({
    ...{ id: 'r', pipeline: 'speaker', steps: ['speak'], state: { words: [] }, seq: 0, buffer: 100 },
    ...{ throwOnFailure: true, shared, isNews: () => true, start, onEnd: () => ended.open() },
    ...facts,
  });
  return { host, run: new Run<Speaker>(host), shared, ended: ended.promise };
}

const speaking = (words: string[], speaker = new Speaker()) => speaker.run({ words }, { id: 'r', buffer: 100 });

describe('a run that is started later', () => {
  test('gives every event of the started run, to iterators, its listeners and the shared ones', async () => {
    const began = gate<AnyRun>();
    const { run, shared, ended } = late(() => began.promise);
    expect(run.id).toBe('r');
    const heard: string[] = [];
    const heardShared: string[] = [];
    run.on('token', ({ value }) => heard.push(value));
    shared.on('run-end', ({ status }: { status: string }) => heardShared.push(status));
    const events: RunEvent[] = [];
    const reading = (async () => {
      for await (const event of run) events.push(event);
    })();
    began.open(speaking(['a', 'b']));
    await reading;
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, place) => place + 1));
    expect([events[0].type, events.at(-1)!.type]).toEqual(['run-start', 'run-end']);
    expect([heard, heardShared]).toEqual([['a', 'b'], ['success']]);
    expect(await run.result).toMatchObject({ status: 'success', text: 'ab', runId: 'r' });
    await ended;
  });

  test('has failed if it could not be started: in its events, its result, and for whoever listens', async () => {
    const cause = new Error('no database');
    const { run, shared } = late(() => Promise.reject(cause), { seq: 7 });
    const heard: string[] = [];
    shared.on('run-end', ({ status }: { status: string }) => heard.push(status));
    const types: string[] = [];
    const error = await (async () => {
      for await (const { type, seq } of run) types.push(`${seq} ${type}`);
    })().catch((failure: unknown) => failure);
    expect(types).toEqual(['8 run-end']);
    expect(heard).toEqual(['failed']);
    expect(error).toMatchObject({ code: 'RUN_FAILED', cause });
    await expect(run.result).rejects.toBe(error);
    const { result } = error as { result: object };
    expect(result).toMatchObject({
      ...{ status: 'failed', runId: 'r', error: cause, text: '', outputs: {}, state: { words: [] } },
      ledger: { speak: { status: 'not taken' } },
    });
  });

  test('resolves for a failure if it is to, and one that nobody has looked at is not unseen', async () => {
    const quiet = late(() => Promise.reject(new Error('no database')), { throwOnFailure: false });
    expect(await quiet.run.result).toMatchObject({ status: 'failed' });
    const unseen = await catchUnhandled(async () => {
      await late(() => Promise.reject(new Error('nobody sees this'))).ended;
    });
    expect(unseen).toHaveLength(1);
    expect(unseen[0]).toMatchObject({ code: 'RUN_FAILED' });
  });

  test('rejects as the started run does', async () => {
    const { run } = late(async () => speaking(['a', 'fail']));
    await expect(run.result).rejects.toMatchObject({ code: 'RUN_FAILED', result: { status: 'failed' } });
  });

  test('is cancelled when it has begun, if it is cancelled before; the result is no failure', async () => {
    const began = gate<AnyRun>();
    const { run } = late(() => began.promise);
    const cancelled = run.cancel('enough');
    const speaker = new Speaker();
    began.open(speaking(['a', 'wait', 'b'], speaker));
    await cancelled;
    expect(await run.result).toMatchObject({ status: 'cancelled', error: { cause: 'enough' } });
  });

  test('is cancelled by leaving the loop, and not by leaving it alone', async () => {
    const speaker = new Speaker();
    const { run } = late(async () => speaking(['a', 'wait'], speaker));
    const alone = run.events({ leave: 'detach' });
    await alone.next();
    await alone.return!();
    for await (const { type } of run) if (type === 'token') break;
    expect(await speaker.ended.promise).toBe(true);
    expect(await run.result).toMatchObject({ status: 'cancelled' });
  });

  test('that is left breaks off for all who read it, and goes on by itself', async () => {
    const began = speaking(['a', 'wait']);
    const { host, run, ended } = late(async () => began);
    const error = new Error('this process stops');
    const reading = (async () => {
      for await (const { type } of run) if (type === 'token') host.leave(error);
    })();
    await expect(reading).rejects.toBe(error);
    await expect(run.result).rejects.toBe(error);
    await ended;
    // Nothing that is done with the handle now reaches the run.
    await run.cancel();
    let over = false;
    void began.result.then(() => (over = true));
    await sleep(30);
    expect(over).toBe(false);
    await began.cancel();
  });

  test('that is left unread is no failure that nobody has seen', async () => {
    const unseen = await catchUnhandled(async () => {
      const began = speaking(['a', 'wait']);
      const { host, ended } = late(async () => began);
      host.leave(new Error('this process stops'));
      await ended;
      await began.cancel();
    });
    expect(unseen).toEqual([]);
  });

  test('keeps what a listener throws as a warning', async () => {
    const { run } = late(async () => speaking(['a']));
    run.on('token', () => {
      throw new Error('deaf');
    });
    const { warnings, status } = await run.result;
    expect(status).toBe('success');
    expect(warnings).toMatchObject([{ code: 'LISTENER_FAILED', message: 'A listener of "token" has failed: deaf' }]);
  });

  test('does not tell the shared listeners what they have been told', async () => {
    const { run, shared } = late(async () => speaking(['a', 'b']), { isNews: ({ type }) => type === 'run-end' });
    const heard: string[] = [];
    for (const type of ['token', 'run-end'] as const) shared.on(type, ({ type }: RunEvent) => heard.push(type));
    await run.result;
    expect(heard).toEqual(['run-end']);
  });
});
