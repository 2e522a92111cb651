import type pg from 'pg';

/** A pipeline that a worker has. */
export interface KnownPipeline {
  readonly name: string;
  readonly fingerprint: string;
  /** Whether its class takes over checkpoints of other plans. */
  readonly migrates: boolean;
}

/** Remembers the pipelines of a worker; the one that was first seen last is the newest of its name. */
export async function keepPipelines(pool: pg.Pool, pipelines: readonly KnownPipeline[]): Promise<void> {
  for (const { name, fingerprint, migrates } of pipelines)
    await pool.query(
      `INSERT INTO stepstream.pipelines (name, fingerprint, migrates) VALUES ($1, $2, $3)
      ON CONFLICT (name, fingerprint) DO UPDATE SET migrates = excluded.migrates`,
      [name, fingerprint, migrates],
    );
}

/** The newest fingerprint of the pipeline of this name that any worker has ever had. */
export async function newestFingerprint(pool: pg.Pool, name: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ fingerprint: string }>(
    'SELECT fingerprint FROM stepstream.pipelines WHERE name = $1 ORDER BY seen_at DESC LIMIT 1',
    [name],
  );
  return rows[0]?.fingerprint;
}
