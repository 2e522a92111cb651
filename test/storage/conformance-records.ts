import { describe, expect, test, vi } from 'vitest';
import type { Checkpoint } from '../../src/run/checkpoint.js';
import type { RunRecord } from '../../src/ports/run-store.js';
import { withoutPayloads } from '../../src/storage/without-payloads.js';
import type { UseStorage } from './conformance.js';
import { recordOf } from './record-of.js';

const SUSPENDED = recordOf('r', {
  status: 'suspended',
  asks: [{ key: 'approve', step: 'approve', path: [], ask: { amount: 7 }, expiresAt: 9_000 }],
  // To a store a checkpoint is any plain object.
  checkpoint: { v: 1, runId: 'r', segment: 1, deep: [[{ '': null }]] } as unknown as Checkpoint,
  error: { name: 'TypeError', message: 'secret', code: 'X', step: 'a', attempt: 2 },
});

export function records(use: UseStorage): void {
  test('come back as they were saved', async () => {
    const store = use().open();
    expect(await store.save(SUSPENDED)).toBe(true);
    expect(await store.get('r')).toEqual(SUSPENDED);
    expect(await store.get('other')).toBeUndefined();
  });

  test('are seen by every other handle', async () => {
    await use().open().save(SUSPENDED);
    expect(await use().open().get('r')).toEqual(SUSPENDED);
  });

  test('take effect in the order of the calls, awaited or not', async () => {
    const store = use().open();
    const saves = [store.save(recordOf('r', { text: 'a' })), store.save(recordOf('r', { text: 'b' }))];
    const found = store.get('r');
    const gone = store.delete('r');
    expect(await Promise.all(saves)).toEqual([true, true]);
    expect((await found)?.text).toBe('b');
    expect(await gone).toBe(true);
  });

  test('replace the one that the run had, whole', async () => {
    const store = use().open();
    const { outputs: _outputs, state: _state, ...rest } = recordOf('r', { status: 'failed', text: 'new' });
    await store.save(SUSPENDED);
    await store.save(rest);
    expect(await store.get('r')).toEqual(rest);
    expect((await store.list()).runs).toHaveLength(1);
  });

  test('of an earlier segment don’t turn a run back', async () => {
    const store = use().open();
    const second = recordOf('r', { segment: 2, status: 'running', endedAt: undefined });
    expect(await store.save(second)).toBe(true);
    expect(await store.save(SUSPENDED)).toBe(false);
    expect((await store.get('r'))?.status).toBe('running');
    expect(await store.save({ ...second, status: 'failed' })).toBe(true);
    expect(await store.save({ ...second, status: 'running' })).toBe(true);
  });

  test('of an earlier segment count when the id is used again, later', async () => {
    const store = use().open();
    await store.save(recordOf('r', { segment: 2 }));
    const again = recordOf('r', { startedAt: 5_000, status: 'running' });
    expect(await store.save(again)).toBe(true);
    expect(await store.get('r')).toEqual(again);
  });

  test('share nothing with their callers', async () => {
    const store = use().open();
    const state = { list: [1] };
    await store.save(recordOf('r', { state }));
    state.list.push(2);
    const first = (await store.get('r'))!;
    expect(first.state).toEqual({ list: [1] });
    (first.state as typeof state).list.push(3);
    expect((await store.get('r'))!.state).toEqual({ list: [1] });
    const [summary] = (await store.list()).runs;
    (summary.usage as { input: number }).input = 99;
    expect((await store.list()).runs[0].usage.input).toBe(3);
  });

  test('keep fields that are not in the format', async () => {
    const store = use().open();
    const record = { ...recordOf('r'), tenant: { id: 't1' } };
    await store.save(record);
    expect(await store.get('r')).toEqual(record);
  });

  test('keep times that are no whole numbers', async () => {
    const store = use().open();
    await store.save(recordOf('r', { startedAt: 1_000.25, endedAt: 1_000.75 }));
    expect(await store.get('r')).toMatchObject({ startedAt: 1_000.25, endedAt: 1_000.75 });
  });

  test('can be deleted, with their claims, and only they', async () => {
    const store = use().open();
    await store.save(recordOf('r'));
    await store.save(recordOf('s'));
    await store.claim('r', 2, {});
    await store.claim('s', 2, { kept: true });
    expect(await store.delete('r')).toBe(true);
    expect(await store.delete('r')).toBe(false);
    expect(await store.get('r')).toBeUndefined();
    expect(await store.claim('r', 2, {})).toEqual({ won: true });
    expect(await store.claim('s', 2, {})).toEqual({ won: false, answers: { kept: true } });
    expect((await store.list()).runs.map(({ runId }) => runId)).toEqual(['s']);
  });

  test('are not kept in a store that was closed, which can be closed again', async () => {
    const store = use().open();
    await store.close();
    await store.close();
    const calls = [
      store.save(recordOf('r')),
      store.get('r'),
      store.list(),
      store.delete('r'),
      store.prune({ keep: 0 }),
      store.claim('r', 2, {}),
      store.release('r', 2),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'INVALID_STORE_CALL' });
  });

  describe('with a redact function', () => redaction(use));
}

function redaction(use: UseStorage): void {
  test('are kept without what it leaves out', async () => {
    const store = use().open({ redact: ({ state: _state, ...record }) => ({ ...record, text: '***' }) });
    await store.save(SUSPENDED);
    const { state: _state, ...rest } = SUSPENDED;
    expect(await store.get('r')).toEqual({ ...rest, text: '***' });
  });

  test('are given to it as copies', async () => {
    const given = structuredClone(SUSPENDED);
    const redact = vi.fn((record: RunRecord) => Object.assign(record, { text: '' }));
    await use().open({ redact }).save(given);
    expect(given).toEqual(SUSPENDED);
    expect(redact).toHaveBeenCalledOnce();
    expect((await use().open().get('r'))?.text).toBe('');
  });

  test('of ours are kept without anything that was said', async () => {
    const store = use().open({ redact: withoutPayloads });
    await store.save(SUSPENDED);
    const { state: _state, outputs: _outputs, checkpoint: _checkpoint, ...rest } = SUSPENDED;
    expect(await store.get('r')).toEqual({
      ...rest,
      text: '',
      error: { ...SUSPENDED.error, message: '' },
      asks: [{ key: 'approve', step: 'approve', path: [], ask: null, expiresAt: 9_000 }],
      redacted: true,
    });
  });

  test('of ours are not called redacted if they have said nothing', async () => {
    const store = use().open({ redact: withoutPayloads });
    const { state: _state, outputs: _outputs, ...silent } = recordOf('r', { text: '' });
    await store.save(silent);
    expect(await store.get('r')).toEqual(silent);
  });

  test.each<[string, (record: RunRecord) => unknown, string]>([
    ['throws', () => JSON.parse('{') as unknown, "The store's redact function has thrown, so nothing was kept."],
    ['returns nothing', () => undefined, 'The record of a run is no object.'],
    ['returns a promise', async (record) => record, 'record is a Promise, which is no plain data.'],
    ['drops a field', ({ ledger: _ledger, ...record }) => record, 'ledger is not an object'],
    ['returns other data', (record) => ({ ...record, state: new Map() }), 'record.state is a Map'],
    ['changes the id', (record) => ({ ...record, runId: 'x' }), 'has changed runId, by which the run is found.'],
    [
      'writes the id',
      (record) => Object.assign(record, { runId: 'x' }),
      'has changed runId, by which the run is found.',
    ],
    ['changes the end', (record) => ({ ...record, endedAt: 5 }), 'has changed endedAt, by which the run is found.'],
  ])('that %s are not kept at all', async (_, redact, message) => {
    const store = use().open({ redact: redact as (record: RunRecord) => RunRecord });
    await expect(store.save(SUSPENDED)).rejects.toThrow(message);
    expect(await use().open().get('r')).toBeUndefined();
  });
}
