import type { Database } from './database.js';

/** Does its work in one transaction, which takes the right to write at its beginning: it never fails half-way for a lock. */
export function transact<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite rolls back by itself after some errors; the first of them is the one that counts.
  }
}
