import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RunStore } from '../ports/run-store.js';
import { sqliteStore } from '../storage/sqlite/sqlite-store.js';
import type { Io } from './io.js';
import { UsageError } from './usage-error.js';

/** Opens the SQLite file of `--store`; one that must be there already is not made. */
export function openStore(name: string, { cwd, now }: Io, mustExist: boolean): RunStore & AsyncDisposable {
  const path = resolve(cwd, name);
  if (mustExist && statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new UsageError(`There is no file ${name}.`);
  return sqliteStore({ path, now });
}
