import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, startWorker, type EngineClient } from '../../../src/engine/dbos/index.js';
import type { AnyPipeline } from '../../../decorators/context.js';
import { OnError, Pipeline, Step, suspend, type Ctx, type Failure, type StandardSchema } from '../../../src/index.js';
import { Two } from './engine-pipelines.js';
import { leaveMarks } from './marks.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

const number: StandardSchema<number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => (typeof value === 'number' ? { value } : { issues: [{ message: 'a number, please' }] }),
  },
};

/** Takes a number for an answer, and not for ever. */
class Counts extends Pipeline<{ ms: number }> {
  static readonly pipeline = { name: 'counts' };
  @Step({ to: 'after', onError: 'instead', answer: number }) ask({ state }: Ctx<this>) {
    return suspend<number>('how many?', { expiresIn: state.ms });
  }
  @OnError() instead({ error }: Failure<this>): number {
    return error instanceof Error && error.name === 'SuspensionExpiredError' ? -1 : -2;
  }
  @Step() after({ input }: Ctx<this, number>) {
    return input;
  }
}

let postgres: PostgresServer;
let databaseUrl: string;
let client: EngineClient;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

beforeEach(async () => {
  databaseUrl = await postgres.createTables();
  leaveMarks(databaseUrl, 'here');
  client = await connect({ databaseUrl });
  return () => client.close();
});

const serve = (...pipelines: AnyPipeline[]) => startWorker({ databaseUrl, pipelines });

/** Resolves when it has been looked so often whether the time of a suspension is over. */
async function looksAtExpiries(count: number): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  const looks = async () => {
    const { rowCount } = await pool.query(
      "SELECT FROM dbos.workflow_status WHERE name = 'expire' AND status = 'SUCCESS'",
    );
    return rowCount;
  };
  await expect.poll(looks, { timeout: 20_000, interval: 50 }).toBe(count);
  await pool.end();
}

describe('a turn whose answers are refused', () => {
  const refused = { status: 'failed', error: { code: 'INVALID_ANSWER' } };
  const statusOf = async (id: string) => (await client.get(id))?.status;

  it('leaves the run waiting for others, until its time is over', async () => {
    await using worker = await serve(new Counts());
    const run = await client.start(Counts, { ms: 4000 });
    expect(await run.result).toMatchObject({ status: 'suspended' });
    const next = await client.resume(run.id, { ask: 'many' }, { throwOnFailure: false });
    expect(await next.result).toMatchObject(refused);
    expect(await client.get(run.id)).toMatchObject({ status: 'suspended', asks: ['ask'] });
    await expect.poll(() => statusOf(run.id), { timeout: 20_000 }).toBe('success');
    expect(await (await client.attach(run.id)).result).toMatchObject({ outputs: { after: -1 } });
    await expect.poll(() => worker.runs).toEqual([]);
  });

  it('is not the end of an expiry that came while it waited for a worker', async () => {
    const first = await serve(new Counts());
    const run = await client.start(Counts, { ms: 1000 });
    await run.result;
    await first.close();
    const next = await client.resume(run.id, { ask: 'many' }, { throwOnFailure: false });
    // Another worker finds that the time is over, and that an answer is on its way.
    const other = await serve(new Two());
    await looksAtExpiries(1);
    expect(await statusOf(run.id)).toBe('queued');
    await other.close();
    await using _last = await serve(new Counts());
    expect(await next.result).toMatchObject(refused);
    await expect.poll(() => statusOf(run.id), { timeout: 20_000 }).toBe('success');
    expect(await (await client.attach(run.id)).result).toMatchObject({ outputs: { after: -1 } });
  });
});

describe('an answer that was given in time', () => {
  it('counts, however late a worker comes to it', async () => {
    const first = await serve(new Counts());
    const run = await client.start(Counts, { ms: 500 });
    await run.result;
    await first.close();
    const next = await client.resume(run.id, { ask: 7 });
    await sleep(1000);
    await using _last = await serve(new Counts());
    expect(await next.result).toMatchObject({ status: 'success', outputs: { after: 7 } });
  });
});
