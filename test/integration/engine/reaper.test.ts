import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockKey } from '../../../src/engine/dbos/failover/lock-key.js';
import { Reaper, type ReaperOptions } from '../../../src/engine/dbos/failover/reaper.js';
import { sessionName } from '../../../src/engine/dbos/failover/session-name.js';
import { WORKERS } from '../../../src/engine/postgres/schema/workers.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;
let url: string;
let pool: Pool;
let errors: unknown[];
let reapers: Reaper[];
/** Who was recovered, in this order. */
let recovered: string[];

beforeAll(async () => {
  postgres = await startPostgres();
  // A new server is left alone for as long as workers may settle.
  await sleep(300);
});

afterAll(async () => {
  await postgres.stop();
});

beforeEach(async () => {
  url = await postgres.createDatabase();
  pool = new Pool({ connectionString: url, max: 10 });
  pool.on('error', () => undefined);
  [errors, reapers, recovered] = [[], [], []];
  await pool.query('CREATE SCHEMA stepstream');
  for (const statement of WORKERS.versions.flat()) await pool.query(statement);
  // As much of DBOS as is looked at.
  await pool.query('CREATE SCHEMA dbos');
  await pool.query(
    'CREATE TABLE dbos.workflow_status (status text, executor_id text, application_name text, application_version text)',
  );
});

afterEach(async () => {
  for (const reaper of reapers) await reaper.stop();
  await pool.end();
});

/** Begins to look every 20 ms, as the worker `me`, who holds his lock. */
function look(options: Partial<ReaperOptions> = {}): Reaper {
  const reaper = new Reaper({
    pool,
    presence: { executorId: 'me', heldSince: 0, losses: 0 },
    application: { name: 'app', version: 'v1' },
    recover: async (executorId) => recovered.push(executorId),
    intervalMs: 20,
    frozenAfterMs: 1000,
    settleMs: 200,
    onError: (error) => errors.push(error),
    ...options,
  });
  reapers.push(reaper);
  reaper.start();
  return reaper;
}

/** Lists a worker whose heart has beaten so many milliseconds ago. */
async function list(executorId: string, age = 0): Promise<void> {
  await pool.query(
    `INSERT INTO stepstream.workers (executor_id, lock_key, heartbeat_at)
    VALUES ($1, ${lockKey('$1')}, clock_timestamp() - $2 * interval '1 ms')`,
    [executorId, age],
  );
}

async function lockAs(executorId: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`SELECT pg_advisory_lock(${lockKey('$1')})`, [executorId]);
  return client;
}

const until = (condition: () => boolean | Promise<boolean>): Promise<boolean> =>
  vi.waitUntil(condition, { timeout: 10_000, interval: 10 });

async function listed(): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>('SELECT executor_id AS id FROM stepstream.workers ORDER BY 1');
  return rows.map(({ id }) => id);
}

describe('a reaper', () => {
  it('recovers who holds no lock, and nobody else, least of all itself', async () => {
    const held = await lockAs('alive');
    for (const id of ['alive', 'dead', 'me']) await list(id);
    look();
    await until(async () => !(await listed()).includes('dead'));
    await sleep(200);
    expect(recovered).toEqual(['dead']);
    expect(await listed()).toEqual(['alive', 'me']);
    await held.end();
    await until(async () => !(await listed()).includes('alive'));
    expect(recovered).toEqual(['dead', 'alive']);
    expect(errors).toEqual([]);
  });

  it('recovers who is not listed but has runs of ours, also such that no application has claimed', async () => {
    for (const [id, status, name, version] of [
      ['pending', 'PENDING', 'app', 'v1'],
      ['unclaimed', 'PENDING', null, 'v1'],
      ['foreign', 'PENDING', 'other', 'v1'],
      ['old', 'PENDING', 'app', 'v0'],
      ['done', 'SUCCESS', 'app', 'v1'],
      ['queued', 'ENQUEUED', 'app', 'v1'],
      ['me', 'PENDING', 'app', 'v1'],
      ['', 'PENDING', 'app', 'v1'],
    ]) {
      await pool.query('INSERT INTO dbos.workflow_status VALUES ($2, $1, $3, $4)', [id, status, name, version]);
    }
    look();
    await until(() => recovered.includes('pending') && recovered.includes('unclaimed'));
    await sleep(100);
    expect(new Set(recovered)).toEqual(new Set(['pending', 'unclaimed']));
  });

  it('recovers a dead one once, however many look at the same time', async () => {
    await list('dead');
    const slow = async (executorId: string): Promise<number> => {
      recovered.push(executorId);
      await sleep(300);
      return 1;
    };
    const told: [string, number][] = [];
    for (let count = 0; count < 5; count++) {
      look({ intervalMs: 2, recover: slow, onRecovered: (executorId, runs) => told.push([executorId, runs]) });
    }
    await until(async () => (await listed()).length === 0);
    await sleep(100);
    expect(recovered).toEqual(['dead']);
    expect(told).toEqual([['dead', 1]]);
    expect(errors).toEqual([]);
  });

  it('lets one that lives after all wait until its runs are recovered', async () => {
    await list('back');
    const order: string[] = [];
    look({
      recover: async () => {
        order.push('recovering');
        await sleep(300);
        order.push('recovered');
        return 1;
      },
    });
    await until(() => order.length > 0);
    const held = await lockAs('back');
    order.push('back');
    expect(order).toEqual(['recovering', 'recovered', 'back']);
    await held.end();
  });

  it('ends the session of one that has a lock but no heartbeat, and recovers it then', async () => {
    const frozen = await lockAs('frozen');
    const alive = await lockAs('alive');
    let ended = false;
    frozen.once('end', () => (ended = true));
    await list('frozen', 500);
    await list('alive', -60_000); // in the future, and so fresh for the whole test
    look();
    await sleep(200);
    expect([ended, recovered]).toEqual([false, []]);
    await until(() => ended);
    await until(async () => !(await listed()).includes('frozen'));
    expect(recovered).toEqual(['frozen']);
    expect((await alive.query('SELECT 1')).rowCount).toBe(1);
    await alive.end();
  });

  it('ends with it what a frozen one has locked in the middle of a transaction, and nothing of anybody else', async () => {
    const held = await lockAs('frozen');
    const open = async (executorId: string): Promise<Client> => {
      const client = new Client({ connectionString: url, application_name: sessionName(executorId) });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    };
    const [frozen, alive] = [await open('frozen'), await open('alive')];
    await pool.query("INSERT INTO dbos.workflow_status VALUES ('PENDING', 'frozen', 'app', 'v1')");
    await frozen.query('BEGIN');
    await frozen.query('SELECT FROM dbos.workflow_status FOR UPDATE');
    await list('frozen', 5000);
    const recover = async (executorId: string): Promise<unknown> => {
      recovered.push(executorId);
      return pool.query("UPDATE dbos.workflow_status SET status = 'ENQUEUED', executor_id = ''");
    };
    look({ recover: recover as never });
    await until(async () => (await listed()).length === 0);
    expect(recovered).toEqual(['frozen']);
    await expect(frozen.query('COMMIT')).rejects.toThrow();
    await alive.query('SELECT 1');
    expect(errors).toEqual([]);
    await Promise.all([alive.end(), held.end()]);
  });

  it('judges nobody while its own lock is lost, nor soon after', async () => {
    await list('dead');
    const presence: { executorId: string; heldSince: number | undefined; losses: number } = {
      executorId: 'me',
      heldSince: undefined,
      losses: 1,
    };
    look({ presence, settleMs: 400 });
    await sleep(600);
    expect(recovered).toEqual([]);
    presence.heldSince = performance.now();
    await sleep(250);
    expect(recovered).toEqual([]);
    await until(() => recovered.length > 0);
    expect(performance.now() - presence.heldSince).toBeGreaterThanOrEqual(400);
  });

  it('judges nobody soon after the server has started', async () => {
    await list('dead');
    const { rows } = await pool.query<{ age: number }>(
      `SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 * 1000 AS age`,
    );
    const since = performance.now();
    look({ settleMs: rows[0].age + 600 });
    await until(() => recovered.length > 0);
    expect(performance.now() - since).toBeGreaterThan(500);
  });

  it('tells why one could not be recovered, goes on with the others, and tries again', async () => {
    for (const id of ['a', 'broken', 'z']) await list(id);
    let broken = true;
    look({
      recover: async (executorId) => {
        if (executorId === 'broken' && broken) throw new Error('not this one');
        return recovered.push(executorId);
      },
    });
    await until(() => recovered.length === 2 && errors.length > 1);
    expect(recovered.sort()).toEqual(['a', 'z']);
    expect(errors[0]).toEqual(new Error('not this one'));
    expect(await listed()).toEqual(['broken']);
    broken = false;
    await until(async () => (await listed()).length === 0);
    expect(recovered).toContain('broken');
  });

  it('survives that its session is ended in the middle of a recovery', async () => {
    await list('dead');
    let times = 0;
    look({
      recover: async () => {
        if (++times > 1) return 1;
        await pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'");
        await sleep(100);
        return 1;
      },
    });
    await until(async () => (await listed()).length === 0);
    expect(times).toBe(2);
    expect(errors).toEqual([]);
  });

  it('looks no more when it is stopped, and waits for what it is at', async () => {
    await list('dead');
    let over = false;
    const reaper = look({
      recover: async (executorId) => {
        recovered.push(executorId);
        await sleep(300);
        over = true;
        return 1;
      },
    });
    await until(() => recovered.length > 0);
    await reaper.stop();
    expect(over).toBe(true);
    await list('another');
    await sleep(200);
    expect(recovered).toEqual(['dead']);
  });

  it('looks as often as agreed upon, not as often as there are workers', async () => {
    await pool.query(`CREATE TABLE looks (at timestamptz)`);
    await pool.query(`CREATE FUNCTION count_look() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN INSERT INTO looks VALUES (clock_timestamp()); RETURN NEW; END'`);
    await pool.query('CREATE TRIGGER t AFTER UPDATE ON stepstream.reaping FOR EACH ROW EXECUTE FUNCTION count_look()');
    for (let count = 0; count < 8; count++) look({ intervalMs: 200 });
    await sleep(2000);
    const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM looks');
    // Never twice in half an interval.
    expect(rows[0].count).toBeLessThanOrEqual(20);
    expect(rows[0].count).toBeGreaterThanOrEqual(5);
  });
});
