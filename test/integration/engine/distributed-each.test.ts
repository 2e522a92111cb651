import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AnyRun } from '../../../src/run/run.js';
import { EngineCluster, type EngineWorker, type Mark } from './engine-cluster.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

const itemsOf = (count: number): string[] => Array.from({ length: count }, (_, place) => `item ${place}`);
const textsOf = (count: number): Record<string, string> =>
  Object.fromEntries(itemsOf(count).map((item, place) => [`work[${place}]`, `${item} is done. `]));
const totalOf = (count: number): number => itemsOf(count).reduce((sum, item) => sum + item.length, 0);

/** What the tokens of each item add up to, as a reader has it who heeds what is taken back. */
async function foldItems(run: AnyRun): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for await (const event of run) {
    if (event.type === 'token-reset') said[`work[${event.index}]`] = '';
    if (event.type === 'token')
      said[`work[${event.index}]`] = (said[`work[${event.index}]`] ?? '') + String(event.value);
  }
  return said;
}

const starting = (marks: readonly Mark[], what: string): readonly Mark[] =>
  marks.filter((one) => one.what.startsWith(what));

/** Which items that was noted of, each once. */
const itemsIn = (marks: readonly Mark[], what: string): readonly string[] => [
  ...new Set(
    starting(marks, what)
      .map((mark) => mark.what.slice(what.length + 1))
      .sort(),
  ),
];

/** Who has begun an item, or ended it. */
const workersOf = (marks: readonly Mark[], what: string): readonly string[] => [
  ...new Set(starting(marks, what).map(({ worker }) => worker)),
];

async function everything(run: AnyRun, count: number): Promise<void> {
  const [said, result] = await Promise.all([foldItems(run), run.result]);
  expect(result.status).toBe('success');
  expect(said).toEqual(textsOf(count));
  expect(result.texts).toEqual(textsOf(count));
  expect(result.outputs).toMatchObject({ total: totalOf(count) });
  expect(result.state).toMatchObject({ done: itemsOf(count) });
}

const begun = (cluster: EngineCluster, run: AnyRun, count: number): Promise<readonly Mark[]> =>
  vi.waitUntil(
    async () => {
      const marks = starting(await cluster.marks(run.id), 'begin');
      return marks.length >= count && marks;
    },
    { timeout: 20_000, interval: 20 },
  );

describe('the items of a distributed each', () => {
  it('run once each, on all workers, begun in their order, and stand in the state and the results in that order', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await Promise.all([1, 2].map(() => cluster.start([{ of: 'Spread', items: { concurrency: 4 } }])));
    const run = await cluster.client.start('spread', { count: 24, ms: 100, done: [] });
    await everything(run, 24);
    const marks = await cluster.marks(run.id);
    expect(
      starting(marks, 'end')
        .map(({ what }) => what)
        .sort(),
    ).toEqual(
      itemsOf(24)
        .map((item) => `end ${item}`)
        .sort(),
    );
    expect(starting(marks, 'begin')).toHaveLength(24);
    expect(workersOf(marks, 'begin')).toHaveLength(2);
    const { rows } = await cluster.pool.query<{ run_id: string }>(
      'SELECT run_id FROM stepstream.runs WHERE item_of = $1 ORDER BY created_at',
      [run.id],
    );
    expect(rows.map(({ run_id }) => run_id)).toEqual(itemsOf(24).map((_, place) => `${run.id}/work[${place}]`));
  });

  it('go on where their workers are killed, and those that have ended do not run again', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await cluster.start([{ of: 'Spread', items: { concurrency: 1 } }]);
    const run = await cluster.client.start('spread', { count: 20, ms: 400, done: [] }, { throwOnFailure: false });
    const ended = everything(run, 20);
    await begun(cluster, run, 1);
    // The run stays with the first one: only items come here.
    const other = await cluster.start([{ of: 'Spread', items: { concurrency: 2 } }]);
    await vi.waitUntil(async () => workersOf(await cluster.marks(run.id), 'begin').length === 2, { timeout: 20_000 });
    await other.kill();
    await ended;
    const marks = await cluster.marks(run.id);
    expect(itemsIn(marks, 'end')).toEqual(itemsOf(20).sort());
    // Those that had begun on it began again; one may have ended there without its record.
    expect(starting(marks, 'begin').length).toBeGreaterThan(20);
    const own = starting(marks, 'begin').filter(({ worker }) => worker !== other.name);
    expect(own).toHaveLength(itemsIn(own, 'begin').length);
  });

  it('are not disturbed when the worker of their run is killed: what they say and return is taken over', async () => {
    await using cluster = await EngineCluster.create(postgres);
    const first = await cluster.start([{ of: 'Spread', concurrency: 1, items: { concurrency: 1 } }]);
    const run = await cluster.client.start('spread', { count: 20, ms: 400, done: [] }, { throwOnFailure: false });
    const ended = everything(run, 20);
    await begun(cluster, run, 1);
    const second: EngineWorker = await cluster.start([{ of: 'Spread', items: { concurrency: 8 } }]);
    await vi.waitUntil(
      async () => starting(await cluster.marks(run.id), 'begin').some(({ worker }) => worker === second.name),
      { timeout: 20_000, interval: 20 },
    );
    await first.kill();
    await ended;
    const marks = await cluster.marks(run.id);
    // One that ran in the killed worker may have begun there, even ended, and again; those of the other ran once.
    const own = starting(marks, 'begin').filter(({ worker }) => worker === second.name);
    expect(own).toHaveLength(itemsIn(own, 'begin').length);
    expect(itemsIn(marks, 'end')).toEqual(itemsOf(20).sort());
  });

  it('are cancelled wherever they are, and those that wait in the queue never begin', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await Promise.all([1, 2].map(() => cluster.start([{ of: 'Spread', items: { concurrency: 2 } }])));
    const run = await cluster.client.start('spread', { count: 8, ms: 60_000, done: [] }, { throwOnFailure: false });
    await begun(cluster, run, 4);
    const asked = Date.now();
    await run.cancel('enough');
    expect(Date.now() - asked).toBeLessThan(2_500);
    const { status, ledger } = await run.result;
    expect(status).toBe('cancelled');
    expect(ledger).toMatchObject({ work: { status: 'cancelled', items: { cancelled: 4 } } });
    const marks = await cluster.marks(run.id);
    expect(starting(marks, 'begin')).toHaveLength(4);
    expect(starting(marks, 'abort')).toHaveLength(4);
  });

  it('have places of their own: runs that wait for them leave them room', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await cluster.start([{ of: 'Spread', concurrency: 3, items: { concurrency: 2 } }]);
    const runs = await Promise.all(
      [1, 2, 3, 4].map(() => cluster.client.start('spread', { count: 5, ms: 10, done: [] })),
    );
    await Promise.all(runs.map((run) => everything(run, 5)));
  });

  it('are no runs in a list, can be followed by their ids, and are pruned with their run', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await cluster.start(['Spread']);
    const { client, pool } = cluster;
    const run = await client.start('spread', { count: 3, ms: 10, done: [] });
    await run.result;
    expect((await client.list()).runs.map(({ runId }) => runId)).toEqual([run.id]);
    const item = await client.attach(`${run.id}/work[1]`);
    expect((await item.result).text).toBe('item 1 is done. ');
    await vi.waitUntil(async () => (await client.prune({ olderThan: 0 })) === 1, { timeout: 5_000, interval: 100 });
    const { rows } = await pool.query(
      `SELECT run_id FROM stepstream.runs UNION ALL SELECT run_id FROM stepstream.events
      UNION ALL SELECT run_id FROM stepstream.shares UNION ALL SELECT workflow_uuid FROM dbos.workflow_status`,
    );
    expect(rows).toEqual([]);
  });

  it('that are not answered in time are recovered by their handler, and do not ask again', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await cluster.start(['ImpatientItems']);
    const { client } = cluster;
    const run = await client.start('impatient-items', { ms: 300 });
    expect((await run.result).status).toBe('suspended');
    await vi.waitUntil(async () => (await client.get(run.id))?.status === 'success', { timeout: 10_000 });
    const { outputs } = await (await client.attach(run.id)).result;
    expect(outputs).toEqual({ list: ['a', '?'], ask: ['a', 'SuspensionExpiredError'] });
  });
});
