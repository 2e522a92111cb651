import { DBOS, type DBOSConfig } from '@dbos-inc/dbos-sdk';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { lockKey } from './failover/lock-key.js';

/**
 * Launches DBOS. Its migrations know nothing of each other: of several workers that start on a fresh database one
 * deadlocks, or drops the index that another is creating. So a worker that finds its tables missing or old creates them alone.
 */
export async function launchDbos(databaseUrl: string, config: DBOSConfig): Promise<void> {
  DBOS.setConfig({ ...config, runMigrations: false });
  try {
    return await DBOS.launch();
  } catch {
    // Whatever it was: if it wasn't the migrations, it comes again.
    await DBOS.shutdown();
  }
  DBOS.setConfig({ ...config, runMigrations: true });
  try {
    await alone(databaseUrl, () => DBOS.launch());
  } catch (error) {
    // It may have got as far as its connections.
    await DBOS.shutdown();
    throw error;
  }
}

async function alone(databaseUrl: string, work: () => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'stepstream launch' });
  client.on('error', () => undefined); // the next query says so
  await client.connect();
  try {
    // Asked for again and again, not waited for: who waits in the database has a transaction open, and indexes that are
    // created concurrently wait for all transactions.
    const ask = `SELECT pg_try_advisory_lock(${lockKey("' launch'")}) AS mine`;
    while (!(await client.query<{ mine: boolean }>(ask)).rows[0].mine) await sleep(50);
    await work();
  } finally {
    await client.end();
  }
}
