import { resolve } from 'node:path';
import { StepstreamError } from '../../errors/stepstream-error.js';
import type { RunStore } from '../../ports/run-store.js';
import { createStore } from '../create-store.js';
import { failureOf } from '../failure-of.js';
import { invalidStoreCall } from '../store-error.js';
import { checkOptions, type StoreOptions } from '../store-options.js';
import type { Driver } from './database.js';
import { openDatabase, type Opening } from './open-database.js';
import { SqliteTables } from './sqlite-tables.js';

/** Where a store keeps its runs, and how. */
export interface SqliteStoreOptions extends StoreOptions {
  /** The file; a new one is readable for its owner only. `:memory:` keeps the runs in this process. */
  readonly path: string;
  /** What opens the file; by default `node:sqlite` (Node.js 22.13 and later), else the package `libsql`. */
  readonly driver?: Driver;
  /** How long a call waits, and holds this process, while another process writes, in milliseconds; 5,000 by default. */
  readonly busyTimeout?: number;
}

/**
 * Opens a store that keeps runs in an SQLite file, which several processes may share. Throws at once if the file can't be
 * opened, or if there is nothing to open it with.
 */
export function sqliteStore(options: SqliteStoreOptions): RunStore & AsyncDisposable {
  const checked = checkOptions(options, ['path', 'driver', 'busyTimeout']);
  const opening = checkOpening(options);
  return createStore(new SqliteTables(open(opening), opening.where), checked);
}

function open(opening: Opening): ReturnType<typeof openDatabase> {
  try {
    return openDatabase(opening);
  } catch (error) {
    throw StepstreamError.is(error) ? error : failureOf(opening.where, error);
  }
}

function checkOpening({ path, driver, busyTimeout = 5_000 }: SqliteStoreOptions): Opening {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw invalidStoreCall("The store's option path is no path of a file.", "Give it one, such as './runs.db'.");
  }
  if (driver !== undefined && driver !== 'node:sqlite' && driver !== 'libsql') {
    throw invalidStoreCall("The store's option driver is unknown.", 'It is node:sqlite or libsql, or left out.');
  }
  if (!Number.isSafeInteger(busyTimeout) || busyTimeout < 0 || busyTimeout > 0x7fffffff) {
    throw invalidStoreCall(
      "The store's option busyTimeout is no whole number from 0 on.",
      'Say it in milliseconds, or leave it out.',
    );
  }
  // Absolute, so that no driver takes it for a URL.
  return { path: path === ':memory:' ? path : resolve(path), where: `The database ${path}`, driver, busyTimeout };
}
