import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockKey } from '../../../src/engine/dbos/failover/lock-key.js';
import { WorkerPresence, type PresenceOptions } from '../../../src/engine/dbos/failover/worker-presence.js';
import { WORKERS } from '../../../src/engine/postgres/schema/workers.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;
let url: string;
let pool: Pool;
let errors: unknown[];
const presences: WorkerPresence[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

beforeEach(async () => {
  url = await postgres.createDatabase();
  pool = new Pool({ connectionString: url, max: 3 });
  errors = [];
  await pool.query('CREATE SCHEMA stepstream');
  for (const statement of WORKERS.versions.flat()) await pool.query(statement);
});

afterEach(async () => {
  for (const presence of presences.splice(0)) await presence.close();
  await pool.end();
});

async function start(options: Partial<PresenceOptions> = {}): Promise<WorkerPresence> {
  const presence = await WorkerPresence.start({
    databaseUrl: url,
    pool,
    executorId: 'worker',
    queues: ['a', 'b'],
    heartbeatMs: 50,
    onError: (error) => errors.push(error),
    ...options,
  });
  presences.push(presence);
  return presence;
}

const LOCKS = `SELECT * FROM pg_locks WHERE locktype = 'advisory' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

interface Row {
  readonly pid: number;
  readonly queues: string[];
  readonly age: number;
  readonly holder: number | null;
}

async function row(): Promise<Row | undefined> {
  const { rows } = await pool.query<Row>(
    `SELECT backend_pid AS pid, queues, extract(epoch FROM clock_timestamp() - heartbeat_at)::float8 * 1000 AS age,
      (SELECT pid FROM (${LOCKS}) locks WHERE classid::bigint = (lock_key >> 32) & 4294967295 AND objid::bigint = lock_key & 4294967295) AS holder
    FROM stepstream.workers WHERE executor_id = 'worker'`,
  );
  return rows[0];
}

/** A way to the database that can be blocked: what is sent then arrives nowhere, as if the cable were cut. */
class BlockableWay {
  blocked = false;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((down) => {
    const { hostname, port } = new URL(url);
    const up = connect(Number(port || 5432), hostname);
    // What was cut once stays cut, though later connections go through.
    let cut = false;
    const pass = (from: Socket, to: Socket): void => {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (data) => {
        cut ||= this.blocked;
        if (!cut) to.write(data);
      });
      from.on('close', () => cut || to.destroy());
    };
    pass(down, up);
    pass(up, down);
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const way = new URL(url);
    way.hostname = '127.0.0.1';
    way.port = String((this.#server.address() as AddressInfo).port);
    return way.href;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('the presence of a worker', () => {
  it('is a lock and a heartbeat that goes on, until it says goodbye', async () => {
    const presence = await start();
    expect(presence.heldSince).toBeLessThanOrEqual(performance.now());
    const first = (await row())!;
    expect(first).toMatchObject({ queues: ['a', 'b'], pid: expect.any(Number) });
    expect(first.holder).toBe(first.pid);
    await sleep(400);
    expect((await row())!.age).toBeLessThan(300);
    await presence.close();
    expect(presence.heldSince).toBeUndefined();
    expect(await row()).toBeUndefined();
    const { rows } = await pool.query(LOCKS);
    expect(rows).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('waits for the lock if a peer has it just now, and is not listed before', async () => {
    const peer = new Client({ connectionString: url });
    await peer.connect();
    await peer.query(`SELECT pg_advisory_lock(${lockKey('$1')})`, ['worker']);
    const starting = start();
    await sleep(300);
    expect(await row()).toBeUndefined();
    await peer.end();
    const presence = await starting;
    expect((await row())!.holder).toBe((await row())!.pid);
    await presence.close();
  });

  it('gives up a connection into nowhere, and ends the session that it left behind', async () => {
    const way = new BlockableWay();
    const presence = await start({ databaseUrl: await way.open() });
    const { pid } = (await row())!;
    way.blocked = true;
    await vi.waitUntil(() => presence.heldSince === undefined, { timeout: 5000, interval: 5 });
    // The server knows nothing of it: the lock is still held, by a session that nobody is behind.
    expect((await row())!.holder).toBe(pid);
    way.blocked = false;
    await vi.waitUntil(() => presence.heldSince !== undefined, { timeout: 15_000, interval: 5 });
    await vi.waitUntil(async () => (await row())!.pid !== pid, { timeout: 5000, interval: 5 });
    expect((await row())!.holder).toBe((await row())!.pid);
    expect(presence.losses).toBe(1);
    expect(errors).toEqual([]);
    await presence.close();
    await way.close();
  });

  it('ends also while the database is away', async () => {
    const way = new BlockableWay();
    const presence = await start({ databaseUrl: await way.open() });
    await way.close();
    await vi.waitUntil(() => presence.heldSince === undefined, { timeout: 5000, interval: 5 });
    await sleep(200);
    expect(presence.heldSince).toBeUndefined();
    await presence.close();
    expect(await row()).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it('does not begin without a database, or without its table', async () => {
    const nowhere = new URL(url);
    nowhere.port = '1';
    await expect(start({ databaseUrl: nowhere.href })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await pool.query('DROP TABLE stepstream.workers');
    await expect(start()).rejects.toMatchObject({ code: '42P01' });
    const { rows } = await pool.query(LOCKS);
    expect(rows).toEqual([]);
  });

  it('tells of errors that do not heal, and of no lost connection', async () => {
    const presence = await start();
    const { pid } = (await row())!;
    await pool.query('SELECT pg_terminate_backend($1)', [pid]);
    await vi.waitUntil(() => presence.losses === 1 && presence.heldSince !== undefined, { timeout: 5000, interval: 5 });
    expect(errors).toEqual([]);
    await pool.query('ALTER TABLE stepstream.workers RENAME TO elsewhere');
    await vi.waitUntil(() => errors.length > 0, { timeout: 5000, interval: 5 });
    expect(errors[0]).toMatchObject({ code: '42P01' });
    await pool.query('ALTER TABLE stepstream.elsewhere RENAME TO workers');
    await presence.close();
    expect(await row()).toBeUndefined();
  });
});
