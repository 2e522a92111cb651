import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/engine/dbos/index.js';
import { EngineCluster, type Mark } from './engine-cluster.js';
import { Job } from './engine-pipelines.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

/** How many of these were there at once, at most. */
function mostAtOnce(marks: readonly Mark[]): number {
  let now = 0;
  let most = 0;
  for (const { what } of [...marks].sort((a, b) => a.at - b.at)) {
    now += what === 'begin' ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}

const begins = (marks: readonly Mark[]): readonly Mark[] => marks.filter(({ what }) => what === 'begin');

/** Starts so many and waits for all. */
async function runAll({ client }: EngineCluster, count: number, ms: number, partition?: (place: number) => string) {
  const places = Array.from({ length: count }, (_, place) => place);
  const runs = await Promise.all(
    places.map((place) => client.start(Job, { ms }, { ...(partition && { partition: partition(place) }) })),
  );
  return Promise.all(runs.map(({ result }) => result));
}

describe('runs on several workers', () => {
  it('are spread evenly: of 200 equal ones each of two workers takes 80 to 120', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await Promise.all([1, 2].map(() => cluster.start([{ of: 'Job', concurrency: 8 }])));
    const results = await runAll(cluster, 200, 100);
    expect(results.map(({ status }) => status)).toEqual(Array(200).fill('success'));
    const marks = await cluster.marks();
    expect(new Set(begins(marks).map(({ run }) => run)).size).toBe(200);
    expect(begins(marks)).toHaveLength(200);
    for (const { name } of cluster.workers) {
      const own = marks.filter(({ worker }) => worker === name);
      expect(begins(own).length).toBeGreaterThanOrEqual(80);
      expect(begins(own).length).toBeLessThanOrEqual(120);
      // Several, but no more than it may have.
      expect(mostAtOnce(own)).toBeGreaterThan(1);
      expect(mostAtOnce(own)).toBeLessThanOrEqual(8);
    }
  });

  it('keep to the limit of all workers together', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await Promise.all([1, 2].map(() => cluster.start([{ of: 'Job', concurrency: 3, globalConcurrency: 4 }])));
    await runAll(cluster, 40, 100);
    const marks = await cluster.marks();
    expect(begins(marks)).toHaveLength(40);
    expect(mostAtOnce(marks)).toBe(4);
  });

  it('keep to the limit of each partition', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await Promise.all([1, 2].map(() => cluster.start([{ of: 'Job', partitionConcurrency: 2 }])));
    const partition = (place: number): string => `p${place % 3}`;
    const { client } = cluster;
    const places = Array.from({ length: 30 }, (_, place) => place);
    const runs = await Promise.all(
      places.map((place) => client.start(Job, { ms: 200 }, { partition: partition(place), id: `${place}` })),
    );
    await Promise.all(runs.map(({ result }) => result));
    const marks = await cluster.marks();
    expect(begins(marks)).toHaveLength(30);
    const most = ['p0', 'p1', 'p2'].map((name) =>
      mostAtOnce(marks.filter(({ run }) => partition(Number(run)) === name)),
    );
    expect(most).toEqual([2, 2, 2]);
    expect(mostAtOnce(marks)).toBeGreaterThan(2);
  });

  it('begin no faster than their rate allows', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await Promise.all([1, 2].map(() => cluster.start([{ of: 'Job', rate: { limit: 5, per: 1000 } }])));
    await runAll(cluster, 65, 1);
    const starts = begins(await cluster.marks()).map(({ at }) => at);
    expect(starts).toHaveLength(65);
    const inWindow = starts.map((from) => starts.filter((at) => at >= from && at < from + 10_000).length);
    expect(Math.max(...inWindow)).toBeLessThanOrEqual(55);
    // It isn't slow either.
    expect(starts.at(-1)! - starts[0]).toBeLessThan(20_000);
  });
});

describe('a run on one worker', () => {
  let cluster: EngineCluster;

  beforeAll(async () => {
    cluster = await EngineCluster.create(postgres);
    await cluster.start([{ of: 'Job', concurrency: 1 }]);
  });

  afterAll(() => cluster[Symbol.asyncDispose]());

  it('goes before those of less priority, and after the older ones of its own', async () => {
    const { client } = cluster;
    const first = await client.start(Job, { ms: 1000 }, { id: 'busy' });
    await cluster.marked('busy', 'begin');
    const given = [7, 3, 2_147_483_647, 0, 3, 1];
    const runs = [];
    for (const [place, priority] of given.entries())
      runs.push(await client.start(Job, { ms: 1 }, { id: `${place}: ${priority}`, priority }));
    runs.push(await client.start(Job, { ms: 1 }, { id: '6: none' }));
    await Promise.all([first, ...runs].map(({ result }) => result));
    const order = begins(await cluster.marks()).map(({ run }) => run);
    expect(order).toEqual(['busy', '3: 0', '6: none', '5: 1', '1: 3', '4: 3', '0: 7', '2: 2147483647']);
  });

  it('begins when its delay is over, and soon then', async () => {
    const { client } = cluster;
    const asked = Date.now();
    const run = await client.start(Job, { ms: 1 }, { delay: 1500 });
    expect(await client.get(run.id)).toMatchObject({ status: 'queued' });
    await run.result;
    const [{ at }] = await cluster.marks(run.id);
    expect(at - asked).toBeGreaterThanOrEqual(1500);
    expect(at - asked).toBeLessThan(4000);
  });

  it('is there once, however often and from wherever its id is started', async () => {
    await using other = await connect({ databaseUrl: cluster.url }).then(disposable);
    const starts = Array.from({ length: 20 }, (_, place) =>
      (place % 2 === 0 ? cluster.client : other.client).start(Job, { ms: place }, { id: 'the same' }),
    );
    const results = await Promise.all((await Promise.all(starts)).map(({ result }) => result));
    const [{ state }] = results;
    for (const result of results) expect(result).toMatchObject({ runId: 'the same', status: 'success', state });
    // Also when it has ended.
    const again = await other.client.start(Job, { ms: 99 }, { id: 'the same' });
    expect(await again.result).toMatchObject({ state, status: 'success' });
    expect((await cluster.marks('the same')).map(({ what }) => what)).toEqual(['begin', 'end']);
  });

  it('is what everybody gets who starts one of its deduplicationId, until it has ended', async () => {
    await using other = await connect({ databaseUrl: cluster.url }).then(disposable);
    const starts = Array.from({ length: 10 }, (_, place) =>
      (place % 2 === 0 ? cluster.client : other.client).start(Job, { ms: 300 + place }, { deduplicationId: 'd' }),
    );
    const runs = await Promise.all(starts);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    const results = await Promise.all(runs.map(({ result }) => result));
    expect(new Set(results.map(({ state }) => state.ms)).size).toBe(1);
    // The queue lets go of it a moment after the end is told.
    await sleep(500);
    const next = await other.client.start(Job, { ms: 1 }, { deduplicationId: 'd' });
    expect(next.id).not.toBe(runs[0].id);
    expect(await next.result).toMatchObject({ status: 'success', state: { ms: 1 } });
  });
});

describe('a run whose pipeline no worker has any more', () => {
  it('waits, and is taken by the first that comes', async () => {
    await using cluster = await EngineCluster.create(postgres);
    await (await cluster.start(['Job'])).close();
    await cluster.start(['Approval']);
    const run = await cluster.client.start(Job, { ms: 1 });
    await sleep(1500);
    expect(await cluster.client.get(run.id)).toMatchObject({ status: 'queued', pipeline: 'job' });
    const { name } = await cluster.start(['Job']);
    expect(await run.result).toMatchObject({ status: 'success' });
    expect((await cluster.marks(run.id)).map(({ worker }) => worker)).toEqual([name, name]);
  });
});

/** Closes a client at the end of a block. */
function disposable<T extends { close(): Promise<void> }>(client: T): { readonly client: T } & AsyncDisposable {
  return { client, [Symbol.asyncDispose]: () => client.close() };
}
