import { describe, expect, test } from 'vitest';
import { memoryStore } from 'stepstream/storage/memory';
import type { StoreOptions } from '../../src/storage/store-options.js';
import { conformance, type Storage } from './conformance.js';
import { MemoryTables } from '../../src/storage/memory/memory-tables.js';
import { createStore } from '../../src/storage/create-store.js';
import { checkOptions } from '../../src/storage/store-options.js';
import { recordOf } from './record-of.js';

/** Several stores on the tables of one, as several handles of one file are. */
function createStorage(): Storage {
  const tables = new MemoryTables();
  return {
    open: (options: StoreOptions = {}) => createStore(tables, checkOptions(options)),
    async [Symbol.asyncDispose]() {},
  };
}

conformance('the memory', createStorage);

describe('memoryStore()', () => {
  test('gives each store runs of its own', async () => {
    await using one = memoryStore();
    await using other = memoryStore({ maxLength: 10_000 });
    await one.save(recordOf('r'));
    expect(await one.get('r')).toEqual(recordOf('r'));
    expect(await other.get('r')).toBeUndefined();
  });

  test.each<[object, string]>([
    [{ redakt: () => 1 }, 'A store has no option "redakt". Its options are redact, redactAnswers, maxLength, now.'],
    [{ redact: true }, "The store's option redact is no function."],
    [{ redactAnswers: 'all' }, "The store's option redactAnswers is no function."],
    [{ now: 5 }, "The store's option now is no function."],
    [{ maxLength: 0 }, "The store's option maxLength is no whole number above 0."],
    [{ maxLength: Infinity }, "The store's option maxLength is no whole number above 0."],
    [{ path: 'runs.db' }, 'A store has no option "path".'],
  ])('refuses %o', (options, message) => {
    expect(() => memoryStore(options as StoreOptions)).toThrow(message);
  });
});
