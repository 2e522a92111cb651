import { closeSync, openSync } from 'node:fs';
import { storeFailed } from '../store-error.js';
import type { Database, Driver } from './database.js';
import { loadDriver } from './load-driver.js';
import { migrate } from './migrate.js';

/** How a file is opened. */
export interface Opening {
  /** Absolute, or `:memory:`. */
  readonly path: string;
  readonly where: string;
  readonly driver: Driver | undefined;
  readonly busyTimeout: number;
}

/** Opens a file, or makes a new one, with its tables up to date. */
export function openDatabase({ path, where, driver, busyTimeout }: Opening): Database {
  const Database = loadDriver(driver);
  let database: Database | undefined;
  try {
    if (path !== ':memory:') createPrivately(path);
    database = new Database(path);
    // First of all, so that whatever follows waits for other processes.
    database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    database.prepare('PRAGMA journal_mode = WAL').all();
    // A claim that was won must stay won after a power cut, and what was deleted must not stay readable in the file.
    database.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
    migrate(database, where);
    return database;
  } catch (cause) {
    database?.close();
    throw cause;
  }
}

/** A new file is for its owner alone: states and texts may be secrets. SQLite gives the files beside it the same rights. */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw storeFailed(
      `${path} can't be opened for writing: ${said}.`,
      'Make its folder first, and let this process write there.',
      cause,
    );
  }
}
