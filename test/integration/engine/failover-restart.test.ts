import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FailoverCluster } from './failover-cluster.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

describe.each(['fast', 'immediate'] as const)('a restart of PostgreSQL (%s) in the middle of runs', (mode) => {
  it('costs no recovery and no recorded step: the workers go on', async ({ skip }) => {
    skip(!postgres.canRestart, 'the server of DATABASE_URL is not ours to restart');
    await using cluster = await FailoverCluster.create(postgres);
    await Promise.all(['one', 'two'].map((id) => cluster.start(id)));
    const runs = ['a', 'b', 'c', 'd'];
    for (const id of runs) await cluster.enqueue(id, 'slow', [12, 200]);
    for (const id of runs) await cluster.begun(id, 1);
    for (let time = 0; time < 2; time++) {
      await postgres.restart(mode);
      await sleep(1000);
    }
    for (const id of runs) expect(await cluster.result(id)).toBe('0;1;2;3;4;5;6;7;8;9;10;11;');
    expect(cluster.recoveries).toEqual([]);
    for (const id of runs) {
      expect(await cluster.run(id)).toMatchObject({ status: 'SUCCESS', attempts: 1 });
      expect((await cluster.effects(id)).map(({ step }) => step)).toEqual(
        Array.from({ length: 12 }, (_, step) => step),
      );
    }
    expect(await cluster.listed()).toEqual(['one', 'two']);
    // And they still look after each other.
    await cluster.enqueue('late', 'slow', [8, 300]);
    await cluster.begun('late', 1);
    const owner = (await cluster.run('late'))!.executor;
    await cluster.workers.find(({ id }) => id === owner)!.kill();
    expect(await cluster.result('late')).toBe('0;1;2;3;4;5;6;7;');
    expect(cluster.recoveries).toEqual([{ by: owner === 'one' ? 'two' : 'one', of: owner, runs: 1 }]);
    expect(cluster.errors).toEqual([]);
  });
});

describe('a worker that dies while PostgreSQL is away', () => {
  it('is recovered when it is back, though nobody is judged at first', async ({ skip }) => {
    skip(!postgres.canRestart, 'the server of DATABASE_URL is not ours to restart');
    await using cluster = await FailoverCluster.create(postgres);
    const dying = await cluster.start('dying');
    await cluster.enqueue('run', 'slow', [8, 300]);
    await cluster.begun('run', 1);
    await cluster.start('peer', { settleMs: 1500 });
    await Promise.all([postgres.restart('immediate'), dying.kill()]);
    const back = Date.now();
    await vi.waitUntil(() => cluster.recoveries.length > 0, { timeout: 10_000, interval: 10 });
    expect(Date.now() - back).toBeGreaterThan(1200);
    expect(await cluster.result('run')).toBe('0;1;2;3;4;5;6;7;');
    expect(cluster.recoveries).toEqual([{ by: 'peer', of: 'dying', runs: 1 }]);
    expect(cluster.errors).toEqual([]);
  });
});
