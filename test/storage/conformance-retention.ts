import { expect, test } from 'vitest';
import type { Retention, RunStore } from '../../src/ports/run-store.js';
import type { UseStorage } from './conformance.js';
import { recordOf } from './record-of.js';

const NOW = 1_000_000;
const now = (): number => NOW;

const left = async (store: RunStore): Promise<string> =>
  (await store.list({ limit: 1_000 })).runs.map(({ runId }) => runId).join('');

/** a is the oldest; c is suspended and e runs; f has run from the beginning and has just ended. */
async function fill(store: RunStore): Promise<RunStore> {
  const rag = { pipeline: 'rag' };
  await store.save(recordOf('a', { startedAt: NOW - 900, endedAt: NOW - 800 }));
  await store.save(recordOf('b', { startedAt: NOW - 700, endedAt: NOW - 600, status: 'failed', ...rag }));
  await store.save(recordOf('c', { startedAt: NOW - 690, endedAt: NOW - 680, status: 'suspended' }));
  await store.save(recordOf('d', { startedAt: NOW - 500, endedAt: NOW - 400, status: 'cancelled' }));
  await store.save(recordOf('e', { startedAt: NOW - 490, endedAt: undefined, status: 'running', ...rag }));
  await store.save(recordOf('f', { startedAt: NOW - 950, endedAt: NOW - 10, status: 'timeout', ...rag }));
  expect(await left(store)).toBe('edcbaf');
  return store;
}

export function retention(use: UseStorage): void {
  test.each<[Retention, number, string]>([
    [{ olderThan: 500 }, 2, 'edcf'],
    [{ olderThan: 400 }, 2, 'edcf'],
    [{ olderThan: 399 }, 3, 'ecf'],
    [{ olderThan: 0 }, 4, 'ec'],
    [{ olderThan: NOW }, 0, 'edcbaf'],
    [{ keep: 0 }, 4, 'ec'],
    [{ keep: 1 }, 3, 'edc'],
    [{ keep: 3 }, 1, 'edcba'],
    [{ keep: 99 }, 0, 'edcbaf'],
    [{ keep: 1, olderThan: 500 }, 2, 'edcf'],
    [{ keep: 2, olderThan: 500 }, 1, 'edcbf'],
    [{ keep: 0, pipeline: 'rag' }, 2, 'edca'],
    [{ keep: 1, pipeline: 'rag' }, 1, 'edcba'],
    [{ olderThan: 500, pipeline: 'rag' }, 1, 'edcaf'],
    [{ keep: 0, pipeline: 'none' }, 0, 'edcbaf'],
    [{ olderThan: 500, includeSuspended: true }, 3, 'edf'],
    [{ olderThan: 400, includeRunning: true }, 3, 'dcf'],
    [{ keep: 0, includeSuspended: true, includeRunning: true }, 6, ''],
    [{ keep: 2, includeSuspended: true, includeRunning: true }, 4, 'ed'],
    [{ keep: 0, includeSuspended: false, includeRunning: false }, 4, 'ec'],
  ])('%o deletes %i runs', async (what, count, expected) => {
    const store = await fill(use().open({ now }));
    expect(await store.prune(what)).toBe(count);
    expect(await left(store)).toBe(expected);
    expect(await store.prune(what)).toBe(0);
  });

  test('takes the claims of what it deletes along, and no others', async () => {
    const store = await fill(use().open({ now }));
    for (const id of ['a', 'c', 'd']) await store.claim(id, 2, { id });
    await store.prune({ olderThan: 500 });
    expect(await store.claim('a', 2, {})).toEqual({ won: true });
    expect(await store.claim('c', 2, {})).toEqual({ won: false, answers: { id: 'c' } });
    expect(await store.claim('d', 2, {})).toEqual({ won: false, answers: { id: 'd' } });
  });

  test('takes old claims of runs that were never saved along, and doesn’t count them', async () => {
    let time = NOW - 900;
    const store = use().open({ now: () => time });
    await store.claim('old', 2, {});
    await store.save(recordOf('old but saved', { status: 'suspended' }));
    await store.claim('old but saved', 2, { n: 1 });
    time = NOW - 100;
    await store.claim('old', 3, { n: 2 });
    await store.claim('new', 2, { n: 3 });
    time = NOW;
    expect(await store.prune({ keep: 0 })).toBe(0);
    expect(await store.claim('old', 2, {})).toMatchObject({ won: false });
    expect(await store.prune({ olderThan: 500, pipeline: 'chatbot' })).toBe(0);
    expect(await store.claim('old', 2, {})).toMatchObject({ won: false });
    expect(await store.prune({ olderThan: 500 })).toBe(0);
    expect(await store.claim('old', 2, {})).toEqual({ won: true });
    expect(await store.claim('old but saved', 2, {})).toEqual({ won: false, answers: { n: 1 } });
    expect(await store.claim('old', 3, {})).toEqual({ won: false, answers: { n: 2 } });
    expect(await store.claim('new', 2, {})).toEqual({ won: false, answers: { n: 3 } });
  });

  test('measures by the clock, unless told otherwise', async () => {
    const store = use().open();
    await store.save(recordOf('old', { startedAt: Date.now() - 120_000, endedAt: Date.now() - 60_000 }));
    await store.save(recordOf('new', { startedAt: Date.now() - 120_000, endedAt: Date.now() }));
    expect(await store.prune({ olderThan: 30_000 })).toBe(1);
    expect(await left(store)).toBe('new');
  });

  test.each<[object, string]>([
    [{}, 'prune() was not told what to delete.'],
    [{ includeSuspended: true }, 'prune() was not told what to delete.'],
    [{ olderThen: 5, keep: 1 }, 'prune() has no option "olderThen".'],
    [{ keep: -1 }, 'keep is a whole number from 0 on, not -1.'],
    [{ keep: '5' }, 'keep is a whole number from 0 on, not "5".'],
    [{ olderThan: '30d' }, 'olderThan is a number, not "30d".'],
    [{ olderThan: NaN }, 'olderThan is a number, not NaN.'],
    [{ keep: 0, pipeline: null }, 'pipeline is a text, not null.'],
    [{ keep: 0, includeSuspended: 'no' }, 'includeSuspended is true or false, not "no".'],
  ])('%o is refused, and nothing deleted', async (what, message) => {
    const store = await fill(use().open({ now }));
    const call = store.prune(what);
    await expect(call).rejects.toMatchObject({ code: 'INVALID_STORE_CALL' });
    await expect(call).rejects.toThrow(message);
    expect(await left(store)).toBe('edcbaf');
  });
}
