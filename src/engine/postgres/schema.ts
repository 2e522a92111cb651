import type pg from 'pg';
import { MisuseError } from '../../errors/misuse-error.js';
import { EVENTS } from './schema/events.js';
import { RUNS } from './schema/runs.js';
import type { SchemaGroup } from './schema/schema-group.js';
import { WORKERS } from './schema/workers.js';
import { withClient } from './with-client.js';

/** All tables of ours. A group that refers to another comes after it. */
const GROUPS: readonly SchemaGroup[] = [EVENTS, RUNS, WORKERS];

/** The advisory lock under which the schema is changed: "stepstre" in ASCII. */
const LOCK = '8319385945307902565';

/** What PostgreSQL says of a table, or a schema, that there is not. */
const MISSING = new Set(['42P01', '3F000']);

/**
 * Creates the schema `stepstream` and its tables, or adds what they lack; any number of processes may do so at once.
 * Throws a `MisuseError` where a much newer release has been.
 */
export async function createSchema(pool: pg.Pool): Promise<void> {
  await withClient(pool, async (client) => {
    const there = await versionsThere(client);
    refuseNewer(there);
    // Who finds everything there needs no right to create it.
    if (missingIn(there).length > 0) await addMissing(client);
  });
}

/** A process of the version before can go on, an older one may spoil what it doesn't know. */
function refuseNewer(there: ReadonlyMap<string, number>): void {
  for (const { name, versions } of GROUPS) {
    const version = there.get(name) ?? 0;
    if (version > versions.length + 1)
      throw new MisuseError({
        code: 'SCHEMA_TOO_NEW',
        message: `The tables "${name}" in the schema stepstream have version ${version}, and this release of stepstream knows ${versions.length}.`,
        remedy: 'A newer release has migrated this database: update stepstream here, too.',
      });
  }
}

async function addMissing(client: pg.PoolClient): Promise<void> {
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  await client.query('CREATE SCHEMA IF NOT EXISTS stepstream');
  await client.query('CREATE TABLE IF NOT EXISTS stepstream.versions (name text PRIMARY KEY, version int NOT NULL)');
  // Another process may have been first.
  for (const { name, version, statements } of missingIn(await versionsThere(client))) {
    for (const statement of statements) await client.query(statement);
    await client.query(
      `INSERT INTO stepstream.versions (name, version) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET version = excluded.version`,
      [name, version],
    );
  }
  await client.query('COMMIT');
}

function missingIn(there: ReadonlyMap<string, number>) {
  return GROUPS.flatMap(({ name, versions }) =>
    versions
      .map((statements, index) => ({ name, version: index + 1, statements }))
      .filter(({ version }) => version > (there.get(name) ?? 0)),
  );
}

async function versionsThere(client: pg.PoolClient): Promise<ReadonlyMap<string, number>> {
  try {
    const { rows } = await client.query<{ name: string; version: number }>(
      'SELECT name, version FROM stepstream.versions',
    );
    return new Map(rows.map(({ name, version }) => [name, version]));
  } catch (error) {
    if (MISSING.has((error as { code?: string }).code ?? '')) return new Map();
    throw error;
  }
}
