import type pg from 'pg';

/** Does something in one transaction, which counts only if nothing of it fails. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failed = true;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    failed = false;
    return result;
  } finally {
    // A connection that is let go takes its transaction with it, whatever state both are in.
    client.release(failed);
  }
}
