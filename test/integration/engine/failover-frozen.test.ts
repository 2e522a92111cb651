import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FailoverCluster } from './failover-cluster.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

const ALL = '0;1;2;3;4;5;6;7;';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

/** The process of the server that holds the lock of a worker, once the worker knows: until then it has nothing to lose. */
async function sessionOf(cluster: FailoverCluster, id: string): Promise<number | null | undefined> {
  const { rows } = await cluster.pool.query<{ pid: number | null }>(
    `SELECT locks.pid FROM stepstream.workers
    LEFT JOIN pg_locks locks ON locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint = lock_key
      AND locks.pid = backend_pid
    WHERE executor_id = $1`,
    [id],
  );
  return rows[0]?.pid;
}

describe('a worker that is frozen', () => {
  it('loses its run to a peer, has its late writes refused when it wakes, and lives on as a worker', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    const frozen = await cluster.start('frozen');
    await cluster.enqueue('run', 'slow', [8, 800]);
    await cluster.begun('run', 1, 'frozen');
    await cluster.start('peer', { frozenAfterMs: 2500 });
    await cluster.begun('run', (await cluster.recorded('run')).length);
    const session = await sessionOf(cluster, 'frozen');
    expect(session).toBeGreaterThan(0);
    frozen.signal('SIGSTOP');
    const stopped = Date.now();
    const before = await cluster.recorded('run');
    expect(before.length).toBeLessThan(8);
    // Its lock is held, and its heartbeat young: nobody touches it.
    await sleep(1000);
    expect(cluster.recoveries).toEqual([]);
    expect(await cluster.run('run')).toMatchObject({ status: 'PENDING', executor: 'frozen' });
    await cluster.begun('run', before.length, 'peer');
    expect(Date.now() - stopped).toBeGreaterThan(2000);
    expect(cluster.recoveries).toEqual([{ by: 'peer', of: 'frozen', runs: 1 }]);
    expect(await cluster.listed()).toEqual(['peer']);
    // It wakes while the peer is at it.
    frozen.signal('SIGCONT');
    expect(await cluster.result('run')).toBe(ALL);
    expect(await cluster.run('run')).toEqual({ status: 'SUCCESS', executor: 'peer', attempts: 2 });
    for (const step of before) {
      expect((await cluster.effects('run')).filter((one) => one.step === step)).toEqual([{ step, worker: 'frozen' }]);
    }
    // The step that it was in has begun once more; of those behind it none ran twice, for its write was refused.
    expect(
      (await cluster.effects('run')).filter(({ step }) => step > before.length).map(({ worker }) => worker),
    ).toEqual(Array.from({ length: 7 - before.length }, () => 'peer'));
    await vi.waitUntil(async () => (await sessionOf(cluster, 'frozen')) ?? false, { timeout: 5000, interval: 20 });
    expect(await sessionOf(cluster, 'frozen')).not.toBe(session);
    expect(await cluster.listed()).toEqual(['frozen', 'peer']);
    await cluster.workers[1].close();
    await cluster.enqueue('next', 'slow', [2, 10]);
    expect(await cluster.result('next')).toBe('0;1;');
    expect(await cluster.run('next')).toMatchObject({ executor: 'frozen' });
    expect(cluster.recoveries).toHaveLength(1);
    expect(cluster.errors).toEqual([]);
    await frozen.close();
    expect(frozen.said.at(-1)).toMatchObject({ what: 'closed', losses: 1 });
  });

  it('is left alone as long as its heart beats, however slowly its runs go on', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    await cluster.start('slow');
    await cluster.enqueue('run', 'slow', [1, 6000]);
    await cluster.begun('run', 0);
    await cluster.start('peer', { frozenAfterMs: 2500, queues: ['other'] });
    expect(await cluster.result('run')).toBe('0;');
    expect(await cluster.run('run')).toEqual({ status: 'SUCCESS', executor: 'slow', attempts: 1 });
    expect(cluster.recoveries).toEqual([]);
  });

  it('that looked for others itself blocks nobody: a third takes its turn', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    const dying = await cluster.start('dying');
    await cluster.enqueue('run', 'slow', [8, 800]);
    await cluster.begun('run', 0, 'dying');
    const [looking] = await Promise.all([
      cluster.start('looking', { intervalMs: 10, queues: ['other'] }),
      cluster.start('third', { frozenAfterMs: 60_000 }),
    ]);
    looking.signal('SIGSTOP');
    await dying.kill();
    const killed = Date.now();
    await vi.waitUntil(() => cluster.recoveries.length > 0, { timeout: 5000, interval: 10 });
    expect(Date.now() - killed).toBeLessThan(2000);
    expect(cluster.recoveries).toEqual([{ by: 'third', of: 'dying', runs: 1 }]);
    expect(await cluster.result('run')).toBe(ALL);
  });
});

describe('a worker whose session is ended though it lives', () => {
  it('takes its lock again, and every run comes to its end', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    const worker = await cluster.start('worker');
    await cluster.start('peer');
    for (const id of ['a', 'b', 'c', 'd']) await cluster.enqueue(id, 'slow', [8, 200]);
    for (const id of ['a', 'b', 'c', 'd']) await cluster.begun(id, 1);
    for (let time = 1; time <= 3; time++) {
      const session = await sessionOf(cluster, 'worker');
      await cluster.pool.query('SELECT pg_terminate_backend($1)', [session]);
      await vi.waitUntil(
        async () => {
          const now = await sessionOf(cluster, 'worker');
          return now && now !== session;
        },
        { timeout: 5000, interval: 10 },
      );
    }
    for (const id of ['a', 'b', 'c', 'd']) expect(await cluster.result(id)).toBe(ALL);
    expect(await cluster.listed()).toEqual(['peer', 'worker']);
    expect(cluster.errors).toEqual([]);
    await worker.close();
    expect(worker.said.at(-1)).toMatchObject({ what: 'closed', losses: 3 });
    expect(await cluster.listed()).toEqual(['peer']);
  });
});
