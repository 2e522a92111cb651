import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listDeadLetters } from '../../../src/engine/dbos/failover/list-dead-letters.js';
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

describe.each([
  { through: "DBOS's own recovery", publicOnly: false },
  { through: 'the public functions of DBOS', publicOnly: true },
])('a worker that is killed, recovered through $through', ({ publicOnly }) => {
  it('has its run gone on at a peer within 2 seconds, and no recorded step runs again', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    const dying = await cluster.start('dying', { publicOnly });
    await cluster.enqueue('run', 'slow', [8, 500]);
    await cluster.begun('run', 0);
    // With the intervals of real life.
    await cluster.start('peer', { publicOnly, heartbeatMs: undefined, intervalMs: undefined, settleMs: undefined });
    await vi.waitUntil(async () => (await cluster.recorded('run')).length >= 4, { timeout: 10_000, interval: 20 });
    // In the middle of a step, not between two.
    await cluster.begun('run', (await cluster.recorded('run')).length);
    await dying.kill();
    const killed = Date.now();
    const before = await cluster.recorded('run');
    expect(before.length).toBeLessThan(8);
    await cluster.begun('run', before.length, 'peer');
    expect(Date.now() - killed).toBeLessThan(2000);
    expect(await cluster.result('run')).toBe(ALL);
    // Our own recovery counts the attempt; the public functions begin to count anew.
    const attempts = publicOnly ? 1 : 2;
    expect(await cluster.run('run')).toEqual({ status: 'SUCCESS', executor: 'peer', attempts });
    // What was recorded has run once, where it was; the step in flight once more, by the peer; the rest by the peer.
    expect(await cluster.effects('run')).toEqual(
      [...ALL.matchAll(/\d/g)].flatMap(([digit]) => {
        const step = Number(digit);
        if (before.includes(step)) return [{ step, worker: 'dying' }];
        if (step > before.length) return [{ step, worker: 'peer' }];
        return [
          { step, worker: 'dying' },
          { step, worker: 'peer' },
        ];
      }),
    );
    expect(cluster.recoveries).toEqual([{ by: 'peer', of: 'dying', runs: 1 }]);
    expect(await cluster.listed()).toEqual(['peer']);
    expect(cluster.errors).toEqual([]);
  });
});

describe('a worker that is gone', () => {
  it('is recovered once, though three peers look for it', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    const dying = await cluster.start('dying');
    const runs = ['a', 'b', 'c', 'd'];
    for (const id of runs) await cluster.enqueue(id, 'slow', [8, 500]);
    for (const id of runs) await cluster.begun(id, 1, 'dying');
    await Promise.all(['x', 'y', 'z'].map((id) => cluster.start(id, { intervalMs: 20 })));
    await dying.kill();
    for (const id of runs) expect(await cluster.result(id)).toBe(ALL);
    expect(cluster.recoveries).toEqual([{ by: expect.stringMatching(/^[xyz]$/), of: 'dying', runs: 4 }]);
    for (const id of runs) expect(await cluster.run(id)).toMatchObject({ status: 'SUCCESS', attempts: 2 });
    expect(await cluster.listed()).toEqual(['x', 'y', 'z']);
    expect(cluster.errors).toEqual([]);
  });

  it('is recovered also if it was never listed', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    const dying = await cluster.start('dying');
    await cluster.enqueue('run', 'slow', [8, 200]);
    await cluster.begun('run', 0);
    await dying.kill();
    await cluster.pool.query('DELETE FROM stepstream.workers');
    await cluster.start('peer');
    expect(await cluster.result('run')).toBe(ALL);
    expect(cluster.recoveries).toEqual([{ by: 'peer', of: 'dying', runs: 1 }]);
  });

  it('is struck off the list though it had no runs', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    const dying = await cluster.start('dying');
    await cluster.start('peer');
    expect(await cluster.listed()).toEqual(['dying', 'peer']);
    await dying.kill();
    await vi.waitUntil(async () => !(await cluster.listed()).includes('dying'), { timeout: 5000, interval: 20 });
    expect(await cluster.listed()).toEqual(['peer']);
    expect(cluster.recoveries).toEqual([{ by: 'peer', of: 'dying', runs: 0 }]);
  });

  it('has said goodbye: what it left behind goes on elsewhere, and it is struck off by itself', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    const leaving = await cluster.start('leaving');
    await cluster.enqueue('run', 'slow', [8, 300]);
    await cluster.begun('run', 1);
    await leaving.close();
    expect(await cluster.listed()).toEqual([]);
    await cluster.start('peer');
    expect(await cluster.result('run')).toBe(ALL);
    expect(cluster.errors).toEqual([]);
  });
});

describe('runs that are not ours', () => {
  it('stay where they are: those of another application, and of another version', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    await cluster.start('peer', { intervalMs: 20 });
    for (const [id, name, version] of [
      ['foreign', 'another', 'v1'],
      ['older', 'failover', 'v0'],
    ]) {
      await cluster.pool.query(
        `INSERT INTO dbos.workflow_status (workflow_uuid, status, name, class_name, executor_id, application_name, application_version, queue_name)
        VALUES ($1, 'PENDING', 'slow', 'Test', 'dead', $2, $3, 'work')`,
        [id, name, version],
      );
    }
    await cluster.enqueue('run', 'slow', [2, 500]);
    expect(await cluster.result('run')).toBe('0;1;');
    for (const id of ['foreign', 'older']) {
      expect(await cluster.run(id)).toEqual({ status: 'PENDING', executor: 'dead', attempts: 0 });
    }
    expect(cluster.recoveries).toEqual([]);
  });
});

describe('a run that kills its workers', () => {
  it('is given up after its attempts, and listed as a dead letter', async () => {
    await using cluster = await FailoverCluster.create(postgres);
    const workers = await Promise.all(['first', 'second', 'third'].map((id) => cluster.start(id)));
    expect(await listDeadLetters(cluster.pool, 'failover')).toEqual([]);
    const before = Date.now();
    await cluster.enqueue('run', 'deadly', []);
    expect(await cluster.ended('run')).toMatchObject({ status: 'MAX_RECOVERY_ATTEMPTS_EXCEEDED', attempts: 3 });
    // One attempt and one recovery; whoever takes it then gives it up and lives.
    expect(await cluster.effects('run')).toHaveLength(2);
    const survivor = (await cluster.run('run'))!.executor;
    expect(workers.map(({ id }) => id)).toContain(survivor);
    const [letter, ...others] = await listDeadLetters(cluster.pool, 'failover');
    expect(others).toEqual([]);
    expect(letter).toEqual({
      workflowId: 'run',
      workflowName: 'deadly',
      workflowClassName: 'Test',
      attempts: 3,
      executorId: survivor,
      createdAt: expect.any(Date),
      givenUpAt: expect.any(Date),
    });
    expect(letter.createdAt.getTime()).toBeGreaterThanOrEqual(before - 1000);
    expect(letter.givenUpAt.getTime()).toBeGreaterThan(letter.createdAt.getTime());
    expect(await listDeadLetters(cluster.pool, 'another')).toEqual([]);
    await cluster.enqueue('harmless', 'slow', [1, 10]);
    expect(await cluster.result('harmless')).toBe('0;');
  });
});
