import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Retention, RunQuery, RunStore } from '../../src/ports/run-store.js';
import type { Storage } from './conformance.js';
import { ModelStore } from './model-store.js';
import { recordOf } from './record-of.js';

/** One call, as data, so that a failure prints what was called. */
type Call =
  | { readonly do: 'claim'; readonly id: string; readonly segment: number }
  | { readonly do: 'release'; readonly id: string; readonly segment: number }
  | { readonly do: 'save'; readonly id: string; readonly fields: Parameters<typeof recordOf>[1] }
  | { readonly do: 'get' | 'delete'; readonly id: string }
  | { readonly do: 'pages'; readonly query: RunQuery }
  | { readonly do: 'prune'; readonly retention: Retention };

const id = fc.constantFrom('a', 'b', 'c', 'd', '"', 'a\0', 'a\0b', '\uD800');
const pipeline = fc.constantFrom('p', 'q');
const status = fc.constantFrom('running', 'success', 'failed', 'suspended');
const time = fc.integer({ min: 0, max: 6 });
const segment = fc.integer({ min: 1, max: 3 });
const optional = { requiredKeys: [] };

const call: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ do: fc.constant('claim'), id, segment }),
  fc.record({ do: fc.constant('release'), id, segment }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('save'),
      id,
      fields: fc.record(
        { pipeline, status, segment, startedAt: time, endedAt: fc.option(time, { nil: undefined }) },
        optional,
      ),
    }),
  },
  fc.record({ do: fc.constantFrom('get', 'delete'), id }),
  fc.record({
    do: fc.constant('pages'),
    query: fc.record(
      { pipeline, status: fc.array(status), before: time, after: time, limit: fc.integer({ min: 1, max: 3 }) },
      optional,
    ),
  }),
  fc.record({
    do: fc.constant('prune'),
    retention: fc.oneof(
      fc.record(
        { olderThan: time, keep: fc.nat(3), pipeline, includeSuspended: fc.boolean(), includeRunning: fc.boolean() },
        { requiredKeys: ['keep'] },
      ),
      fc.record({ olderThan: time, pipeline, includeSuspended: fc.boolean() }, { requiredKeys: ['olderThan'] }),
    ),
  }),
);

/** Calls in the order in which they are made, each through one of three handles; time passes with every call. */
const history = fc.array(fc.record({ handle: fc.nat(2), call }), { maxLength: 40 });

/**
 * `MODEL_RUNS` says how many histories are tried instead of `count`, up to 500: libsql holds the files of a closed
 * database until its memory is collected, and a process may have so many files only.
 */
export function randomHistories(create: () => Storage, count: number): void {
  const numRuns = Math.min(Number(process.env.MODEL_RUNS ?? count), 500);

  test('are as the naive model says, whichever handle is used', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(history, async (calls) => {
        await using storage = create();
        let clock = 0;
        const stores = [0, 1, 2].map(() => storage.open({ now: () => clock }));
        const model = new ModelStore(() => clock);
        for (const [index, { handle, call: made }] of calls.entries()) {
          clock = index / 4;
          expect(await perform(stores[handle], made, index)).toEqual(await perform(model, made, index));
        }
      }),
      { numRuns },
    );
  });

  test('are as the model says when nothing is awaited before the end', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(history, async (calls) => {
        await using storage = create();
        const store = storage.open({ now: () => 3 });
        const model = new ModelStore(() => 3);
        const simple = calls.filter(({ call: made }) => made.do !== 'pages');
        const given = simple.map(({ call: made }, index) => perform(store, made, index));
        const expected = simple.map(({ call: made }, index) => perform(model, made, index));
        expect(await Promise.all(given)).toEqual(await Promise.all(expected));
        expect(await perform(store, ALL, 0)).toEqual(await perform(model, ALL, 0));
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });
}

const ALL: Call = { do: 'pages', query: { limit: 3 } };

/** Makes a call; what is saved or answered carries the index of its call, so that none looks like another. */
function perform(store: RunStore, made: Call, index: number): Promise<unknown> {
  switch (made.do) {
    case 'claim':
      return store.claim(made.id, made.segment, { index });
    case 'release':
      return store.release(made.id, made.segment);
    case 'save':
      return store.save(recordOf(made.id, { ...made.fields, text: `${index}` }));
    case 'get':
      return store.get(made.id);
    case 'delete':
      return store.delete(made.id);
    case 'prune':
      return store.prune(made.retention);
    case 'pages':
      return readAll(store, made.query);
  }
}

async function readAll(store: RunStore, query: RunQuery): Promise<unknown[]> {
  const pages: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(cursor === undefined ? query : { ...query, cursor });
    pages.push(page.runs);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}
