import { storeFailed } from '../store-error.js';
import type { Database } from './database.js';
import { transact } from './transact.js';

/** What leads from each version of the tables to the next; only ever added to. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE stepstream_runs (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     run_id TEXT NOT NULL UNIQUE,
     pipeline TEXT NOT NULL,
     status TEXT NOT NULL,
     segment INTEGER NOT NULL,
     started_at REAL NOT NULL,
     ended_at REAL,
     head TEXT NOT NULL,
     body TEXT NOT NULL
   );
   CREATE INDEX stepstream_runs_started ON stepstream_runs (started_at, seq);
   CREATE INDEX stepstream_runs_pipeline ON stepstream_runs (pipeline, started_at, seq);
   CREATE INDEX stepstream_runs_status ON stepstream_runs (status, started_at, seq);
   CREATE TABLE stepstream_claims (
     run_id TEXT NOT NULL,
     segment INTEGER NOT NULL,
     answers TEXT NOT NULL,
     at REAL NOT NULL,
     PRIMARY KEY (run_id, segment)
   )`,
];

/** Brings the tables up to date; several processes may do so at once. The version has a table, for the file may be shared. */
export function migrate(database: Database, where: string): void {
  if (versionOf(database) === MIGRATIONS.length) return;
  transact(database, () => {
    const version = versionOf(database);
    if (version > MIGRATIONS.length) {
      throw storeFailed(
        `${where} has tables of version ${version}; this version of stepstream knows ${MIGRATIONS.length}.`,
        'Use the version of stepstream that wrote it, or a later one.',
      );
    }
    for (const sql of MIGRATIONS.slice(version)) database.exec(sql);
    database.exec(
      `CREATE TABLE IF NOT EXISTS stepstream_schema (version INTEGER NOT NULL);
       DELETE FROM stepstream_schema;
       INSERT INTO stepstream_schema (version) VALUES (${MIGRATIONS.length})`,
    );
  });
}

function versionOf(database: Database): number {
  const tables = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'stepstream_schema'");
  if (tables.all().length === 0) return 0;
  const [row] = database.prepare('SELECT max(version) AS version FROM stepstream_schema').all();
  return (row as { readonly version: number | null }).version ?? 0;
}
