import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connect,
  startWorker,
  type EngineClient,
  type RunInfo,
  type RunQuery,
} from '../../../src/engine/dbos/index.js';
import { listRuns } from '../../../src/engine/postgres/list-runs.js';
import { Pipeline, Step, suspend, type Ctx } from '../../../src/index.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

class Work extends Pipeline<{ how: string }> {
  static readonly pipeline = { name: 'work' };
  @Step() work({ state }: Ctx<this>) {
    if (state.how === 'badly') throw new Error('it went badly');
    return state.how === 'later' ? suspend<string>('when?') : state.how;
  }
}

class Other extends Pipeline<object> {
  static readonly pipeline = { name: 'other' };
  @Step() only() {}
}

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

/** All pages, one after the other. */
async function pages(client: EngineClient, query: RunQuery): Promise<RunInfo[][]> {
  const all: RunInfo[][] = [];
  for (let cursor: string | undefined; ;) {
    const page = await client.list({ ...query, ...(cursor !== undefined && { cursor }) });
    all.push([...page.runs]);
    if (page.next === undefined) return all;
    cursor = page.next;
  }
}

describe('a list of runs', () => {
  it('shows them by status, pipeline and time, the newest first', async () => {
    const databaseUrl = await postgres.createTables();
    await using worker = await startWorker({ databaseUrl, pipelines: [new Work(), new Other()] });
    const client = await connect({ databaseUrl });
    try {
      expect(await client.list()).toEqual({ runs: [] });
      for (const how of ['well', 'badly', 'later'])
        await (
          await client.start(Work, { how }, { id: how, throwOnFailure: false })
        ).result;
      await (
        await client.start(Other, {}, { id: 'other' })
      ).result;
      const { createdAt } = (await client.get('later'))!;
      await client.start(Other, {}, { id: 'delayed', delay: 3_600_000 });
      const ids = async (query?: RunQuery) => (await client.list(query)).runs.map(({ runId }) => runId);
      expect(await ids()).toEqual(['delayed', 'other', 'later', 'badly', 'well']);
      expect(await ids({ status: 'suspended' })).toEqual(['later']);
      expect(await ids({ status: ['success', 'failed'] })).toEqual(['other', 'badly', 'well']);
      expect(await ids({ status: ['success', 'failed'], pipeline: 'work' })).toEqual(['badly', 'well']);
      expect(await ids({ pipeline: 'other' })).toEqual(['delayed', 'other']);
      expect(await ids({ status: 'queued' })).toEqual(['delayed']);
      expect(await ids({ status: 'cancelled' })).toEqual([]);
      expect(await ids({ from: createdAt })).toEqual(['delayed', 'other', 'later']);
      expect(await ids({ before: new Date(createdAt), pipeline: 'work' })).toEqual(['badly', 'well']);
      const { runs } = await client.list({ status: 'suspended' });
      expect(runs[0]).toEqual(await client.get('later'));
      expect(runs[0]).toMatchObject({ pipeline: 'work', status: 'suspended', asks: ['work'] });
      await expect.poll(() => worker.runs).toEqual([]);
    } finally {
      await client.close();
    }
  });
});

const RUNS = 100_000;
/** As many have the same time, to the microsecond. */
const AT_ONCE = 7;

describe(`a list of ${RUNS} runs`, () => {
  let client: EngineClient;
  let pool: Pool;

  beforeAll(async () => {
    const databaseUrl = await postgres.createTables();
    client = await connect({ databaseUrl });
    pool = new Pool({ connectionString: databaseUrl, max: 1 });
    await pool.query(
      `INSERT INTO stepstream.runs (run_id, pipeline, fingerprint, status, state, created_at)
      SELECT 'run ' || n, CASE WHEN n % 1000 = 0 THEN 'rare' ELSE 'often' END, 'abc',
        CASE WHEN n % 5000 = 0 THEN 'failed' WHEN n % 100 = 0 THEN 'suspended' ELSE 'success' END, '{}',
        '2026-01-01'::timestamptz + (n / $2) * interval '1 microsecond'
      FROM generate_series(1, $1::int) n`,
      [RUNS, AT_ONCE],
    );
    await pool.query('ANALYZE stepstream.runs');
  }, 120_000);

  afterAll(async () => {
    await client.close();
    await pool.end();
  });

  it('shows every run once, page by page, also those of one moment', async () => {
    const all = await pages(client, { limit: 1000 });
    expect(all.every((page) => page.length === 1000)).toBe(true);
    expect(new Set(all.flat().map(({ runId }) => runId)).size).toBe(RUNS);
    const suspended = await pages(client, { limit: 300, status: 'suspended' });
    expect(suspended.map((page) => page.length)).toEqual([300, 300, 300, 80]);
    const some = await pages(client, { limit: 13, pipeline: 'rare' });
    expect(some.flat()).toHaveLength(100);
    expect(some.flat().map(({ createdAt }) => createdAt)).toEqual(
      [...some.flat().map(({ createdAt }) => createdAt)].sort((a, b) => b - a),
    );
    expect(new Set(some.flat().map(({ runId }) => runId)).size).toBe(100);
  });

  it.each<[string, object]>([
    ['status', { status: 'done' }],
    ['status', { status: [] }],
    ['status', { status: ["success' OR true --"] }],
    ['pipeline', { pipeline: 7 }],
    ['from', { from: 'yesterday' }],
    ['before', { before: new Date(Number.NaN) }],
    ['limit', { limit: 0 }],
    ['limit', { limit: 1001 }],
    ['cursor', { cursor: 'somewhere' }],
    ['cursor', { cursor: Buffer.from('["now", "run"]').toString('base64url') }],
    ['"state"', { state: 'success' }],
  ])('refuses what can not be asked: %s', async (what, query) => {
    await expect(client.list(query as RunQuery)).rejects.toMatchObject({
      code: 'INVALID_QUERY',
      message: expect.stringContaining(what),
    });
  });

  const BEHIND = { createdAt: '2026-01-01T00:00:00.007000Z', runId: 'run 49000' };

  it.each([
    ['all', {}],
    ['all, from the middle', { behind: BEHIND }],
    ['one status', { statuses: ['failed'] }],
    ['several statuses, from the middle', { statuses: ['failed', 'suspended'], behind: BEHIND }],
    ['what there is not', { statuses: ['cancelled'] }],
    ['a pipeline', { pipeline: 'rare' }],
    ['a pipeline and a status', { pipeline: 'rare', statuses: ['failed'] }],
    ['a pipeline that there is not', { pipeline: 'none' }],
    ['a time', { before: new Date('2026-01-01T00:00:00.003Z') }],
  ] as const)('reads no more than it shows: %s', async (_, filter) => {
    const plans: Explained[] = [];
    const explaining = {
      query: async (text: string, values: unknown[]) => {
        const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Explained }] }>(
          `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
          values,
        );
        plans.push(rows[0]['QUERY PLAN'][0].Plan);
        return pool.query(text, values);
      },
    } as unknown as Pool;
    const { rows } = await listRuns(explaining, { ...filter, limit: 20 });
    const scans = plans.flatMap(scansOf);
    expect(scans.length).toBeGreaterThan(0);
    // Of each status that is looked for at most a page, and one.
    for (const scan of scans)
      expect(scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0)).toBeLessThanOrEqual(21);
    expect(rows.length).toBeLessThanOrEqual(20);
  });
});

interface Explained {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Explained[];
}

/** What is read of the table. */
const scansOf = (plan: Explained): Explained[] => [
  ...(plan['Relation Name'] === 'runs' ? [plan] : []),
  ...(plan.Plans ?? []).flatMap(scansOf),
];
