import { afterEach, beforeEach, describe } from 'vitest';
import type { RunStore } from '../../src/ports/run-store.js';
import type { StoreOptions } from '../../src/storage/store-options.js';
import { claims } from './conformance-claims.js';
import { hostileRecords } from './conformance-hostile.js';
import { lists } from './conformance-lists.js';
import { randomHistories } from './conformance-random.js';
import { records } from './conformance-records.js';
import { retention } from './conformance-retention.js';

/** One place where runs are kept. */
export interface Storage extends AsyncDisposable {
  /** Opens a store there; several of one place see the same runs. */
  open(options?: StoreOptions): RunStore;
}

/** Gives each test a place of its own. */
export type UseStorage = () => Storage;

/** What every RunStore must do, whatever keeps the runs: `create` makes a new place for them, for each test one. */
export function conformance(name: string, create: () => Storage, { histories = 300 } = {}): void {
  describe(`the store of ${name}`, () => {
    let storage: Storage;
    beforeEach(() => {
      storage = create();
    });
    afterEach(async () => {
      await storage[Symbol.asyncDispose]();
    });
    const use: UseStorage = () => storage;
    describe('claims', () => claims(use));
    describe('records', () => records(use));
    describe('hostile records', () => hostileRecords(use));
    describe('lists', () => lists(use));
    describe('retention', () => retention(use));
    describe('random histories', () => randomHistories(create, histories));
  });
}
