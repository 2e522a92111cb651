import type { RunStore } from '../../ports/run-store.js';
import { createStore } from '../create-store.js';
import { checkOptions, type StoreOptions } from '../store-options.js';
import { MemoryTables } from './memory-tables.js';

/**
 * Makes a store that keeps runs in the memory of this process, for tests and for trying things out. It grows until it is
 * pruned, and what it holds is gone when it is closed.
 */
export function memoryStore(options: StoreOptions = {}): RunStore & AsyncDisposable {
  return createStore(new MemoryTables(), checkOptions(options));
}
