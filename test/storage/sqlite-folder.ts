import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunStore } from '../../src/ports/run-store.js';
import { sqliteStore, type Driver, type SqliteStoreOptions } from '../../src/storage/sqlite/index.js';
import type { Storage } from './conformance.js';

/** The drivers that this Node.js has; on one without node:sqlite, libsql must be installed. */
export const DRIVERS: readonly Driver[] = [
  ...(process.getBuiltinModule('node:sqlite') ? (['node:sqlite'] as const) : []),
  ...(process.env.STORAGE_DRIVERS === 'node' ? [] : (['libsql'] as const)),
];

/** A new folder for one database, whose stores are closed, and which is removed, at the end. */
export class SqliteFolder implements Storage {
  readonly folder = mkdtempSync(join(tmpdir(), 'stepstream-storage-'));
  readonly path = join(this.folder, 'runs.db');
  readonly #driver: Driver | undefined;
  readonly #stores: RunStore[] = [];

  constructor(driver?: Driver) {
    this.#driver = driver;
  }

  open(options: Partial<SqliteStoreOptions> = {}): RunStore & AsyncDisposable {
    const driver = this.#driver && { driver: this.#driver };
    const store = sqliteStore({ path: this.path, ...driver, ...options });
    this.#stores.push(store);
    return store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close();
    rmSync(this.folder, { recursive: true });
  }
}
