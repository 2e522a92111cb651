import { createRequire } from 'node:module';
import { StoreError } from '../store-error.js';
import type { DatabaseClass, Driver } from './database.js';

/** Finds what opens SQLite files: the driver that was asked for, else Node's own, else the package libsql. */
export function loadDriver(driver?: Driver): DatabaseClass {
  if (driver !== 'libsql') {
    const found = loadNodeSqlite();
    if (found) return found;
    if (driver) throw missing(driver, 'This Node.js has no node:sqlite.', undefined);
  }
  try {
    return loadLibsql();
  } catch (cause) {
    const what = 'The package libsql can’t be loaded';
    throw missing(driver, driver ? `${what}.` : `This Node.js has no node:sqlite, and ${lower(what)}.`, cause);
  }
}

function loadNodeSqlite(): DatabaseClass | undefined {
  const sqlite = process.getBuiltinModule('node:sqlite') as { readonly DatabaseSync: DatabaseClass } | undefined;
  return sqlite?.DatabaseSync;
}

/** An optional peer: required when it is needed, from where this file is, so that bundlers leave it alone. */
function loadLibsql(): DatabaseClass {
  const here = typeof __filename === 'string' ? __filename : import.meta.url;
  return createRequire(here)('libsql') as DatabaseClass;
}

function missing(driver: Driver | undefined, message: string, cause: unknown): StoreError {
  const install = 'npm install libsql';
  const upgrade = 'use Node.js 22.13 or later, which has node:sqlite';
  const remedy = driver === 'node:sqlite' ? `${upgrade}, or leave the option driver out` : `${install}, or ${upgrade}`;
  return new StoreError({
    code: 'SQLITE_MISSING',
    message,
    remedy: `${remedy[0].toUpperCase()}${remedy.slice(1)}.`,
    cause,
  });
}

const lower = (text: string): string => `${text[0].toLowerCase()}${text.slice(1)}`;
