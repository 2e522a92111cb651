import { setTimeout as sleep } from 'node:timers/promises';
import { DBOS, type DBOSConfig } from '@dbos-inc/dbos-sdk';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockKey } from '../../../src/engine/dbos/failover/lock-key.js';
import { launchDbos } from '../../../src/engine/dbos/launch-dbos.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;
let url: string;
let other: Client;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

beforeEach(async () => {
  url = await postgres.createDatabase();
  other = new Client({ connectionString: url });
  await other.connect();
});

afterEach(async () => {
  await DBOS.shutdown();
  await other.end();
});

const config = (): DBOSConfig => ({
  name: 'launch',
  applicationVersion: 'v1',
  executorID: 'me',
  listenQueues: ['none'],
  systemDatabaseUrl: url,
  systemDatabaseIdleTransactionTimeoutMs: 0,
  logger: { info() {}, debug() {}, warn() {}, error() {} },
});

/** As another worker that is just creating DBOS's tables. */
const migrate = `SELECT pg_advisory_lock(${lockKey("' launch'")})`;

describe('the launch of DBOS', () => {
  it('creates its tables when it is alone, and waits in no transaction until then', async () => {
    await other.query(migrate);
    let launched = false;
    const launching = launchDbos(url, config()).then(() => (launched = true));
    await sleep(700);
    expect(launched).toBe(false);
    // An index that is created concurrently waits for all transactions: it must not find us in one.
    const { rows } = await other.query(
      `SELECT state FROM pg_stat_activity WHERE application_name = 'stepstream launch' AND backend_xmin IS NOT NULL`,
    );
    expect(rows).toEqual([]);
    await other.query('SELECT pg_advisory_unlock_all()');
    await launching;
    expect(DBOS.isInitialized()).toBe(true);
    expect(await DBOS.listWorkflows({})).toEqual([]);
  });

  it('waits for nobody when the tables are there', async () => {
    await launchDbos(url, config());
    await DBOS.shutdown();
    await other.query(migrate);
    await launchDbos(url, config());
    expect(DBOS.isInitialized()).toBe(true);
  });

  it('says why it fails, and leaves no session behind', async () => {
    const wrong = new URL(url);
    wrong.searchParams.set('options', '-c default_transaction_read_only=on');
    await expect(launchDbos(wrong.href, { ...config(), systemDatabaseUrl: wrong.href })).rejects.toThrow(/read-only/);
    expect(DBOS.isInitialized()).toBe(false);
    const { rows } = await other.query(
      'SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    expect(rows).toEqual([]);
  });
});
