import { expect, test } from 'vitest';
import type { RunPage, RunQuery, RunStore } from '../../src/ports/run-store.js';
import type { UseStorage } from './conformance.js';
import { recordOf } from './record-of.js';

const idsOf = ({ runs }: RunPage): string[] => runs.map(({ runId }) => runId);

/** All pages of a query, each as its ids. */
async function readPages(store: RunStore, query: RunQuery): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const page = await store.list({ ...query, ...(cursor !== undefined && { cursor }) });
    pages.push(idsOf(page));
    cursor = page.cursor;
    more = cursor !== undefined;
  }
  return pages;
}

export function lists(use: UseStorage): void {
  test('are empty at first', async () => {
    expect(await use().open().list()).toEqual({ runs: [] });
  });

  test('show what a run is, without its payloads', async () => {
    const store = use().open();
    const error = { name: 'Error', message: 'no', code: 'X' };
    await store.save(recordOf('r', { status: 'failed', error, redacted: true }));
    const {
      ledger: _l,
      steps: _s,
      text: _t,
      outputs: _o,
      state: _st,
      ...summary
    } = recordOf('r', { status: 'failed' });
    expect(await store.list()).toEqual({ runs: [{ ...summary, error, redacted: true }] });
  });

  test('are newest first; of one millisecond, the one saved last', async () => {
    const store = use().open();
    const starts = { b: 5, a: 7, d: 7, c: 7, e: 6 };
    for (const [id, startedAt] of Object.entries(starts)) await store.save(recordOf(id, { startedAt }));
    await store.save(recordOf('a', { startedAt: 7, text: 'saved again' }));
    expect(idsOf(await store.list())).toEqual(['c', 'd', 'a', 'e', 'b']);
  });

  test('come in pages that lose and repeat nothing, whatever is saved or deleted between them', async () => {
    const store = use().open();
    for (let n = 0; n < 7; n++) await store.save(recordOf(`r${n}`, { startedAt: Math.floor(n / 3) }));
    const first = await store.list({ limit: 3 });
    expect(idsOf(first)).toEqual(['r6', 'r5', 'r4']);
    await store.save(recordOf('new', { startedAt: 9 }));
    await store.delete('r4');
    await store.delete('r2');
    const second = await store.list({ limit: 3, cursor: first.cursor! });
    expect(idsOf(second)).toEqual(['r3', 'r1', 'r0']);
    expect(second.cursor).toBeUndefined();
  });

  test('end with a page that is full and says so', async () => {
    const store = use().open();
    for (let n = 0; n < 4; n++) await store.save(recordOf(`r${n}`, { startedAt: n }));
    expect(await readPages(store, { limit: 2 })).toEqual([
      ['r3', 'r2'],
      ['r1', 'r0'],
    ]);
  });

  test('have fifty runs a page, unless told otherwise', async () => {
    const store = use().open();
    for (let n = 0; n < 120; n++) await store.save(recordOf(`r${n}`, { startedAt: n }));
    expect((await readPages(store, {})).map((page) => page.length)).toEqual([50, 50, 20]);
    expect((await readPages(store, { limit: 1_000 })).map((page) => page.length)).toEqual([120]);
    expect((await readPages(store, {})).flat()).toEqual(Array.from({ length: 120 }, (_, n) => `r${119 - n}`));
  });

  test('find runs by pipeline, status and start, and all of them together', async () => {
    const store = use().open();
    await store.save(recordOf('a', { startedAt: 1, status: 'failed' }));
    await store.save(recordOf('b', { startedAt: 2, status: 'running', pipeline: 'rag' }));
    await store.save(recordOf('c', { startedAt: 3, status: 'suspended' }));
    await store.save(recordOf('d', { startedAt: 4, status: 'failed', pipeline: 'rag' }));
    const find = async (query: RunQuery) => (await readPages(store, { limit: 1, ...query })).flat().join('');
    expect(await find({ pipeline: 'rag' })).toBe('db');
    expect(await find({ pipeline: 'RAG' })).toBe('');
    expect(await find({ pipeline: '' })).toBe('');
    expect(await find({ status: 'failed' })).toBe('da');
    expect(await find({ status: ['failed', 'running', 'failed'] })).toBe('dba');
    expect(await find({ status: [] })).toBe('');
    expect(await find({ before: 3 })).toBe('ba');
    expect(await find({ after: 3 })).toBe('dc');
    expect(await find({ after: 2, before: 4 })).toBe('cb');
    expect(await find({ after: 4, before: 2 })).toBe('');
    expect(await find({ pipeline: 'rag', status: 'failed', after: 1, before: 9 })).toBe('d');
  });

  test('follow a run that changes its status', async () => {
    const store = use().open();
    await store.save(recordOf('r', { status: 'running' }));
    await store.save(recordOf('r', { status: 'success' }));
    expect(await store.list({ status: 'running' })).toEqual({ runs: [] });
    expect(idsOf(await store.list({ status: 'success' }))).toEqual(['r']);
  });

  test.each<[object, string]>([
    [{ limit: 0 }, 'A limit is a whole number from 1 to 1000, not 0.'],
    [{ limit: 1_001 }, 'A limit is a whole number from 1 to 1000, not 1001.'],
    [{ limit: 1.5 }, 'A limit is a whole number from 1 to 1000, not 1.5.'],
    [{ status: 'done' }, '"done" is no status of a run.'],
    [{ status: ['failed', undefined] }, 'undefined is no status of a run.'],
    [{ pipeline: 7 }, 'pipeline is a text, not 7.'],
    [{ before: '2026' }, 'before is a number, not "2026".'],
    [{ after: NaN }, 'after is a number, not NaN.'],
    [{ cursor: 'x' }, '"x" is no cursor.'],
    [{ cursor: '1_2_3' }, '"1_2_3" is no cursor.'],
    [{ cursor: '_' }, '"_" is no cursor.'],
    [{ cursor: '1_0 OR 1=1' }, '"1_0 OR 1=1" is no cursor.'],
    [{ cursor: '9'.repeat(150) }, 'is no cursor.'],
    [{ cursor: 7 }, '7 is no cursor.'],
    [{ pipline: 'rag' }, 'list() has no option "pipline".'],
  ])('asked for with %o are refused', async (query, message) => {
    const call = use().open().list(query);
    await expect(call).rejects.toMatchObject({ code: 'INVALID_STORE_CALL' });
    await expect(call).rejects.toThrow(message);
  });
}
