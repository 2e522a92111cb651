import { createRequire } from 'node:module';
import { StoreError } from '../store-error.js';
import type { DatabaseClass, Driver } from './database.js';

/** Finds what opens SQLite files: the driver that was asked for, else Node's own, else the package libsql. */
export function loadDriver(driver?: Driver): DatabaseClass {
  if (driver !== 'libsql') {
    const found = loadNodeSqlite();
    if (found) return found;
    if (driver)
      throw missing(
        'This Node.js has no node:sqlite.',
        'Use Node.js 22.13 or later, which has it, or leave the option driver out.',
      );
  }
  try {
    return loadLibsql();
  } catch (cause) {
    if (driver) {
      const remedy = 'or leave the option driver out for node:sqlite, which Node.js has from 22.13 on.';
      throw missing("The package libsql can't be loaded.", `Run \`npm install libsql\`, ${remedy}`, cause);
    }
    throw missing(
      "This Node.js has no node:sqlite, and the package libsql can't be loaded.",
      'Run `npm install libsql`, or use Node.js 22.13 or later, which has node:sqlite.',
      cause,
    );
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

const missing = (message: string, remedy: string, cause?: unknown): StoreError =>
  new StoreError({ code: 'SQLITE_MISSING', message, remedy, cause });
