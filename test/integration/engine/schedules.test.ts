import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, startWorker, type EngineClient, type Schedule } from '../../../src/engine/dbos/index.js';
import { checkSchedules } from '../../../src/engine/dbos/check-schedules.js';
import { toServed } from '../../../src/engine/dbos/served-pipeline.js';
import { Pipeline, Step, type Ctx } from '../../../src/index.js';
import { EngineCluster } from './engine-cluster.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

const EVERY_SECOND = '* * * * * *';

class Digest extends Pipeline<{ at: string }> {
  static readonly pipeline = { name: 'digest' };
  @Step() write({ state, context }: Ctx<this>) {
    return `${state.at} for ${JSON.stringify(context)}`;
  }
}

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

/** The runs that there are, from the first on. */
const idsOf = async (client: EngineClient): Promise<string[]> =>
  (await client.list({ limit: 1000 })).runs.map(({ runId }) => runId).sort();

const timeOf = (id: string): number => Date.parse(id.slice(id.lastIndexOf('@') + 1));

describe('a schedule of every second', () => {
  it('is one run for each, whoever of two workers sees that its time has come', async () => {
    await using cluster = await EngineCluster.create(postgres);
    const job = { of: 'Job', schedules: [{ cron: EVERY_SECOND, state: { ms: 1 } }] } as const;
    await Promise.all([cluster.start([job]), cluster.start([job])]);
    const ended = async (): Promise<number> => (await cluster.client.list({ status: 'success' })).runs.length;
    await expect.poll(ended, { timeout: 30_000, interval: 200 }).toBeGreaterThanOrEqual(6);
    await Promise.all(cluster.workers.map((worker) => worker.close(10_000)));
    const ids = await idsOf(cluster.client);
    expect(ids.every((id) => /^job\/schedule@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/.test(id))).toBe(true);
    // No second is left out, and none is there twice.
    expect(ids.map(timeOf)).toEqual(ids.map((_, place) => timeOf(ids[0]) + place * 1000));
    const begins = (await cluster.marks()).filter(({ what }) => what === 'begin').map(({ run }) => run);
    const { runs } = await cluster.client.list({ status: 'success' });
    for (const { runId } of runs) expect(begins.filter((run) => run === runId)).toHaveLength(1);
    expect(cluster.workers.flatMap(({ errors }) => errors)).toEqual([]);
  });
});

describe('the schedules of a pipeline', () => {
  let databaseUrl: string;
  let client: EngineClient;

  beforeEach(async () => {
    databaseUrl = await postgres.createTables();
    client = await connect({ databaseUrl });
  });

  afterEach(async () => {
    await client.close();
  });

  const start = (schedules?: readonly Schedule[], onError: (error: unknown) => void = () => undefined) =>
    startWorker({ databaseUrl, pipelines: [{ pipeline: new Digest(), ...(schedules && { schedules }) }], onError });

  it('make ordinary runs, with a state for their time', async () => {
    const state = async (at: Date): Promise<object> => ({ at: at.toISOString() });
    await using worker = await start([{ cron: EVERY_SECOND, name: 'now', state, context: { of: 'me' } }]);
    await expect.poll(() => idsOf(client), { timeout: 15_000 }).not.toEqual([]);
    const [id] = await idsOf(client);
    const run = await client.attach(id);
    const events: string[] = [];
    for await (const event of run) events.push(event.type);
    expect(events).toEqual(['run-start', 'step-start', 'step-end', 'run-end']);
    const at = id.slice('digest/now@'.length);
    expect(await run.result).toMatchObject({
      status: 'success',
      state: { at },
      outputs: { write: `${at} for {"of":"me"}` },
    });
    expect(worker.id).not.toBe('');
  });

  it('are those of the last worker to start, and stay where it says nothing of them', async () => {
    const schedule = (name: string): Schedule => ({
      cron: '0 3 * * *',
      timezone: 'Europe/Berlin',
      name,
      state: { at: '' },
    });
    await (await start([schedule('one'), schedule('two')])).close();
    await (await start()).close();
    expect(await known(databaseUrl)).toEqual([
      'digest/one 0 3 * * * Europe/Berlin',
      'digest/two 0 3 * * * Europe/Berlin',
    ]);
    await (await start([{ ...schedule('two'), cron: '@daily', timezone: 'UTC' }])).close();
    expect(await known(databaseUrl)).toEqual(['digest/two @daily UTC']);
    await (await start([])).close();
    expect(await known(databaseUrl)).toEqual([]);
  });

  it('leave nothing behind for ever: what has made their runs begin is pruned, but not before everybody could have seen it', async () => {
    const worker = await start([{ cron: EVERY_SECOND, state: { at: 'now' } }]);
    await expect
      .poll(async () => (await client.list({ status: 'success' })).runs.length, { timeout: 15_000 })
      .toBeGreaterThan(1);
    await worker.close();
    const ticks = "FROM dbos.workflow_status WHERE name = 'tick' AND status = 'SUCCESS'";
    const count = async (): Promise<number> =>
      ((await query(databaseUrl, `SELECT count(*)::int ${ticks}`)) as [{ count: number }])[0].count;
    const before = await count();
    expect(before).toBeGreaterThan(1);
    expect(await client.prune({ olderThan: 0 })).toBeGreaterThan(1);
    expect(await count()).toBe(before);
    await query(
      databaseUrl,
      `UPDATE dbos.workflow_status SET completed_at = completed_at - 3600001 WHERE name = 'tick'`,
    );
    expect(await client.prune({ olderThan: 0 })).toBe(0);
    expect(await count()).toBe(0);
  });

  it('tell the worker when there is no state, and go on', async () => {
    const errors: unknown[] = [];
    const state = (at: Date): object => {
      if (at.getTime() % 2000 === 0) throw new RangeError('nothing to begin with');
      return { at: new Map() };
    };
    await using worker = await start([{ cron: EVERY_SECOND, state }], (error) => errors.push(error));
    await expect.poll(() => errors.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(3);
    expect(errors.some((error) => error instanceof RangeError)).toBe(true);
    expect(errors.some((error) => (error as { code?: string }).code === 'NOT_PLAIN_DATA')).toBe(true);
    expect(await client.list()).toEqual({ runs: [] });
    await expect.poll(() => worker.runs).toEqual([]);
  });

  const state = { at: 'then' };

  it.each<[string, string, unknown[]]>([
    ['a cron with too few fields', 'neither five nor six', [{ cron: 'daily', state }]],
    ['an hour that there is not', '25', [{ cron: '0 25 * * *', state }]],
    ['a cron that is none', 'cron', [{ cron: 7, state }]],
    ['a time zone that there is not', 'Mars/Olympus', [{ cron: '@daily', timezone: 'Mars/Olympus', state }]],
    [
      'two of the same name',
      'schedule',
      [
        { cron: '@daily', state },
        { cron: '@hourly', state },
      ],
    ],
    ['a name that no run could have', '#', [{ cron: '@daily', name: 'a#b', state }]],
    ['an unknown option', 'every', [{ every: '1d', cron: '@daily', state }]],
    ['what is no object', 'object', ['@daily']],
  ])('are refused, before a run is taken: %s', async (_, said, schedules) => {
    await expect(start(schedules as Schedule[])).rejects.toMatchObject({
      code: 'INVALID_SCHEDULE',
      message: expect.stringContaining(said),
      remedy: expect.stringMatching(/./),
    });
  });

  it('are refused without a state, or with one that could not be kept', async () => {
    await expect(start([{ cron: '@daily' } as Schedule])).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(start([{ cron: '@daily', state: { at: 7n } }])).rejects.toMatchObject({ code: 'NOT_PLAIN_DATA' });
    await expect(start([{ cron: '@daily', state, timeout: -1 }])).rejects.toMatchObject({ code: 'INVALID_RUN_OPTION' });
  });

  it('are refused by DBOS itself where its check can not be reached before', async () => {
    const gone = (): Promise<object> =>
      Promise.reject(Object.assign(new Error('gone'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' }));
    const served = toServed({ pipeline: new Digest(), schedules: [{ cron: '0 25 * * *', state }] });
    const [known] = await checkSchedules([served], gone);
    expect(known.key).toBe('digest/schedule');
    const { applySchedules } = await import('../../../src/engine/dbos/apply-schedules.js');
    const { DBOSClient } = await import('@dbos-inc/dbos-sdk');
    await using worker = await start([]);
    const dbos = await DBOSClient.create({ systemDatabaseUrl: databaseUrl, applicationName: 'stepstream' });
    await expect(applySchedules(dbos, [served], [known])).rejects.toMatchObject({ code: 'INVALID_SCHEDULE' });
    await dbos.destroy();
    await expect.poll(() => worker.runs).toEqual([]);
  });
});

async function query(databaseUrl: string, statement: string): Promise<readonly unknown[]> {
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    return (await database.query<object>(statement)).rows;
  } finally {
    await database.end();
  }
}

/** What DBOS keeps. */
async function known(databaseUrl: string): Promise<string[]> {
  const said = "schedule_name || ' ' || schedule || ' ' || cron_timezone AS said";
  const rows = await query(databaseUrl, `SELECT ${said} FROM dbos.workflow_schedules ORDER BY 1`);
  return (rows as { said: string }[]).map((row) => row.said);
}
