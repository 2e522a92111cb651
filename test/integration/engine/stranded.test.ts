import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, startWorker, type EngineClient } from '../../../src/engine/dbos/index.js';
import { Asks, AsksMigrating, AsksOtherwise, Two, TwoLater } from './engine-pipelines.js';
import { leaveMarks } from './marks.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;
let databaseUrl: string;
let client: EngineClient;
let pool: Pool;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

beforeEach(async () => {
  databaseUrl = await postgres.createTables();
  client = await connect({ databaseUrl });
  pool = new Pool({ connectionString: databaseUrl, max: 1 });
  await pool.query(
    'CREATE TABLE marks (id serial PRIMARY KEY, run text, what text, worker text, at timestamptz DEFAULT clock_timestamp())',
  );
  leaveMarks(databaseUrl, 'here');
});

afterEach(async () => {
  await client.close();
  await pool.end();
});

const stranded = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await client.stranded()).map(({ runId, why }) => [runId, why]));

describe('what no live worker can take', () => {
  it('is nothing in a database that never had a worker', async () => {
    const fresh = await connect({ databaseUrl: await postgres.createDatabase() });
    expect(await fresh.stranded()).toEqual([]);
    await fresh.close();
  });

  it('is a run of a plan that nobody has, until somebody comes with it', async () => {
    await (await startWorker({ databaseUrl, pipelines: [new Two()] })).close();
    const run = await client.start(Two, { ms: 1 });
    expect(await client.stranded()).toEqual([{ ...(await client.get(run.id)), why: 'plan' }]);
    const later = await startWorker({ databaseUrl, pipelines: [new TwoLater()] });
    const own = await client.start(TwoLater, { ms: 1 }, { delay: 3_600_000 });
    expect(await stranded()).toEqual({ [run.id]: 'plan' });
    await later.close();
    expect(await stranded()).toEqual({ [run.id]: 'plan', [own.id]: 'plan' });
    await using worker = await startWorker({ databaseUrl, pipelines: [new Two()] });
    expect(await stranded()).toEqual({ [own.id]: 'plan' });
    expect(await run.result).toMatchObject({ status: 'success' });
    await expect.poll(() => worker.runs).toEqual([]);
  });

  it('is a suspended run whose checkpoint nobody could go on with', async () => {
    const first = await startWorker({ databaseUrl, pipelines: [new Asks()] });
    const run = await client.start(Asks, {});
    await run.result;
    expect(await stranded()).toEqual({});
    await first.close();
    expect(await stranded()).toEqual({ [run.id]: 'checkpoint' });
    const otherwise = await startWorker({ databaseUrl, pipelines: [new AsksOtherwise()] });
    expect(await stranded()).toEqual({ [run.id]: 'checkpoint' });
    await otherwise.close();
    const migrating = await startWorker({ databaseUrl, pipelines: [new AsksMigrating()] });
    expect(await stranded()).toEqual({});
    await migrating.close();
    // Answered, it waits for a worker.
    await client.resume(run.id, { ask: 'yes' });
    expect(await stranded()).toEqual({ [run.id]: 'plan' });
  });

  it('can be cancelled, and is none of it any more', async () => {
    const first = await startWorker({ databaseUrl, pipelines: [new Two(), new Asks()] });
    const asking = await client.start(Asks, {});
    await asking.result;
    await first.close();
    const run = await client.start(Two, { ms: 1 }, { throwOnFailure: false });
    const delayed = await client.start(Two, { ms: 1 }, { throwOnFailure: false, delay: 3_600_000 });
    const next = await client.resume(asking.id, { ask: 'yes' }, { throwOnFailure: false });
    expect(Object.values(await stranded())).toEqual(['plan', 'plan', 'plan']);
    for (const { id } of [run, delayed, next]) expect(await client.cancel(id, 'nobody comes')).toBe(true);
    expect(await stranded()).toEqual({});
    for (const { result } of [run, delayed, next])
      expect(await result).toMatchObject({ status: 'cancelled', error: { cause: { message: 'nobody comes' } } });
    expect((await run.result).state).toEqual({ ms: 1 });
    expect((await next.result).ledger).toMatchObject({ ask: { status: 'cancelled' } });
    expect(await client.cancel(run.id)).toBe(false);
    // Who comes then has nothing to do.
    await using worker = await startWorker({ databaseUrl, pipelines: [new Two(), new Asks()] });
    const other = await client.start(Two, { ms: 1 });
    expect(await other.result).toMatchObject({ status: 'success' });
    expect((await client.get(run.id))!.status).toBe('cancelled');
    expect((await pool.query('SELECT DISTINCT run FROM marks')).rows).toEqual([{ run: other.id }]);
    await expect.poll(() => worker.runs).toEqual([]);
    expect(await client.prune({ olderThan: 0 })).toBeGreaterThanOrEqual(3);
  });

  it('is a run that was given up, whether somebody has asked for its end or not', async () => {
    await (await startWorker({ databaseUrl, pipelines: [new Two()] })).close();
    const run = await client.start(Two, { ms: 1 }, { throwOnFailure: false });
    await pool.query("UPDATE dbos.workflow_status SET status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'");
    expect(await stranded()).toEqual({ [run.id]: 'given-up' });
    expect(await run.result).toMatchObject({ status: 'failed', error: { code: 'RUN_GIVEN_UP' } });
    expect(await client.stranded()).toMatchObject([{ runId: run.id, status: 'failed', why: 'given-up' }]);
  });

  it('is listed from the oldest on, as many as are wanted', async () => {
    await (await startWorker({ databaseUrl, pipelines: [new Two()] })).close();
    for (const id of ['first', 'second', 'third']) await client.start(Two, { ms: 1 }, { id });
    expect((await client.stranded({ limit: 2 })).map(({ runId }) => runId)).toEqual(['first', 'second']);
    await expect(client.stranded({ limit: 0 })).rejects.toMatchObject({ code: 'INVALID_QUERY' });
  });

  it('is what a worker had that has not given a sign of life for a while', async () => {
    await using worker = await startWorker({
      databaseUrl,
      pipelines: [new Two()],
      failover: { heartbeat: 3_600_000, frozenAfter: 7_200_000 },
    });
    const run = await client.start(Two, { ms: 1 }, { delay: 3_600_000 });
    expect(await stranded()).toEqual({});
    await pool.query("UPDATE stepstream.workers SET heartbeat_at = heartbeat_at - interval '16 s'");
    expect(await stranded()).toEqual({ [run.id]: 'plan' });
    expect(worker.id).not.toBe('');
  });
});
