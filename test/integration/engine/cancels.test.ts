import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type EngineClient } from '../../../src/engine/dbos/index.js';
import { RunDesk } from '../../../src/engine/postgres/run-desk.js';
import { EngineCluster, type Mark } from './engine-cluster.js';
import { Job, Talker } from './engine-pipelines.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

const CANCELS = 100;
const AT_ONCE = 20;

let postgres: PostgresServer;
let cluster: EngineCluster;
/** Another process than the worker's, and not the one that has started the runs. */
let other: EngineClient;

beforeAll(async () => {
  postgres = await startPostgres();
  cluster = await EngineCluster.create(postgres);
  other = await connect({ databaseUrl: cluster.url });
  await cluster.start(['Talker', { of: 'Job', concurrency: 1 }]);
});

afterAll(async () => {
  await other.close();
  await cluster[Symbol.asyncDispose]();
  await postgres.stop();
});

const timeOf = (marks: readonly Mark[], run: string, what: string): number =>
  marks.find((one) => one.run === run && one.what === what)!.at;

const whats = async (run: string): Promise<string[]> => (await cluster.marks(run)).map(({ what }) => what);

/** Of the database: it tells the time of the marks too. */
async function databaseTime(): Promise<number> {
  const { rows } = await cluster.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0].now.getTime();
}

describe('cancelling a run from another process', () => {
  it(`reaches the generator's signal within two seconds, and its finally: ${CANCELS} times`, async () => {
    const times: number[] = [];
    for (let from = 0; from < CANCELS; from += AT_ONCE) {
      const ids = Array.from({ length: AT_ONCE }, (_, place) => `talk ${from + place}`);
      const runs = await Promise.all(ids.map((id) => cluster.client.start(Talker, {}, { id, throwOnFailure: false })));
      await Promise.all(ids.map((id) => cluster.marked(id, 'begin')));
      const asked = new Map<string, number>();
      for (const id of ids) {
        asked.set(id, await databaseTime());
        expect(await other.cancel(id, `enough of ${id}`)).toBe(true);
      }
      const results = await Promise.all(runs.map(({ result }) => result));
      for (const { runId, status, error, ledger } of results) {
        expect({ status, error }).toMatchObject({ status: 'cancelled', error: { code: 'RUN_CANCELLED' } });
        expect(error!.cause).toMatchObject({ message: `enough of ${runId}` });
        expect(ledger).toEqual({ talk: { status: 'cancelled', visits: ['cancelled'] } });
      }
      const marks = await cluster.marks();
      for (const id of ids) {
        times.push(timeOf(marks, id, 'abort') - asked.get(id)!);
        expect(await whats(id)).toEqual(['begin', 'abort', 'finally']);
      }
    }
    times.sort((a, b) => a - b);
    if (process.env.STEPSTREAM_FIGURES)
      process.stdout.write(
        `cancels: p50 ${times[CANCELS / 2]} ms, p99 ${times[CANCELS - 2]} ms, max ${times.at(-1)} ms\n`,
      );
    expect(times).toHaveLength(CANCELS);
    expect(times[Math.ceil(CANCELS * 0.99) - 1]).toBeLessThanOrEqual(2000);
  });

  it('ends one that waits in a queue without beginning it', async () => {
    const busy = await cluster.client.start(Job, { ms: 1500 });
    await cluster.marked(busy.id, 'begin');
    const queued = await cluster.client.start(Job, { ms: 1 });
    expect(await other.get(queued.id)).toMatchObject({ status: 'queued' });
    expect(await other.cancel(queued.id, 'too late')).toBe(true);
    await expect(queued.result).rejects.toMatchObject({
      code: 'RUN_CANCELLED',
      name: 'AbortError',
      cause: { message: 'too late' },
    });
    expect(await other.get(queued.id)).toMatchObject({ status: 'cancelled' });
    expect(await busy.result).toMatchObject({ status: 'success' });
    expect(await whats(queued.id)).toEqual([]);
  });

  it('ends one whose delay is not over, at once', async () => {
    const run = await cluster.client.start(Talker, {}, { delay: 3_600_000 });
    expect(await other.cancel(run.id)).toBe(true);
    await expect(run.result).rejects.toMatchObject({ code: 'RUN_CANCELLED', cause: { message: 'it was cancelled' } });
    expect(await whats(run.id)).toEqual([]);
  });

  it('ends one that just begins, whenever it comes', async () => {
    for (let race = 0; race < 20; race++) {
      const run = await cluster.client.start(Talker, {}, { throwOnFailure: false });
      await sleep(race * 8);
      expect(await other.cancel(run.id)).toBe(true);
      expect(await run.result).toMatchObject({ status: 'cancelled' });
      expect(await other.get(run.id)).toMatchObject({ status: 'cancelled' });
      const seen = await whats(run.id);
      if (seen.includes('begin')) expect(seen).toEqual(['begin', 'abort', 'finally']);
    }
  });

  it('leaves one alone that has ended', async () => {
    const run = await cluster.client.start(Job, { ms: 1 });
    await run.result;
    expect(await other.cancel(run.id)).toBe(false);
    expect(await other.get(run.id)).toMatchObject({ status: 'success' });
    expect(await other.cancel('a run that there is not')).toBe(false);
  });

  it('says once more what it says: the first reason counts', async () => {
    const run = await cluster.client.start(Talker, {}, { throwOnFailure: false });
    await cluster.marked(run.id, 'begin');
    await Promise.all(['first', 'second', 'third'].map((reason) => other.cancel(run.id, reason)));
    const result = await run.result;
    expect(['first', 'second', 'third']).toContain((result.error!.cause as Error).message);
    expect(await whats(run.id)).toEqual(['begin', 'abort', 'finally']);
  });

  it('ends one whose worker is being killed, on the next', async () => {
    await using own = await EngineCluster.create(postgres);
    const first = await own.start(['Talker']);
    const runs = await Promise.all([0, 1, 2, 3].map(() => own.client.start(Talker, {}, { throwOnFailure: false })));
    await Promise.all(runs.map(({ id }) => own.marked(id, 'begin')));
    const killed = first.kill();
    await Promise.all(runs.map(({ id }) => own.client.cancel(id, 'in the middle of it')));
    await killed;
    await own.start(['Talker']);
    const results = await Promise.all(runs.map(({ result }) => result));
    for (const { status, error } of results) {
      expect(status).toBe('cancelled');
      expect(error!.cause).toMatchObject({ message: 'in the middle of it' });
    }
  });
});

describe('leaving the last loop', () => {
  it('over what start() has returned cancels the run', async () => {
    const run = await cluster.client.start(Talker, {});
    for await (const token of run.tokens()) if (token === '2 ') break;
    // The request is recorded when the loop is left; the end comes soon.
    expect(await run.result).toMatchObject({ status: 'cancelled' });
    expect(await whats(run.id)).toEqual(['begin', 'abort', 'finally']);
  });

  it('over what attach() has returned leaves it alone', async () => {
    const run = await cluster.client.start(Talker, {}, { throwOnFailure: false });
    const attached = await other.attach(run.id);
    for await (const token of attached.tokens()) if (token === '2 ') break;
    let more = 0;
    for await (const _ of run.events({ leave: 'detach' })) if (++more === 10) break;
    await sleep(300);
    expect(await other.get(run.id)).toMatchObject({ status: 'running' });
    expect(await whats(run.id)).toEqual(['begin']);
    await run.cancel('that is all');
    expect(await run.result).toMatchObject({ status: 'cancelled' });
  });

  it('in a process that is gone leaves it alone', async () => {
    const gone = await connect({ databaseUrl: cluster.url });
    const run = await gone.start(Talker, {});
    await cluster.marked(run.id, 'begin');
    await gone.close();
    await sleep(300);
    expect(await other.get(run.id)).toMatchObject({ status: 'running' });
    await other.cancel(run.id);
    await vi.waitUntil(async () => (await other.get(run.id))?.status === 'cancelled', { timeout: 5000 });
    expect(await whats(run.id)).toEqual(['begin', 'abort', 'finally']);
  });
});

describe('a worker that is being closed', () => {
  it('still hears that a run that it waits for is to end', async () => {
    await using own = await EngineCluster.create(postgres);
    const worker = await own.start(['Talker']);
    const run = await own.client.start(Talker, {}, { throwOnFailure: false });
    await own.marked(run.id, 'begin');
    const closed = worker.close(20_000);
    await sleep(500);
    const asked = performance.now();
    expect(await own.client.cancel(run.id)).toBe(true);
    expect(await run.result).toMatchObject({ status: 'cancelled' });
    await closed;
    expect(performance.now() - asked).toBeLessThan(8_000);
  });
});

describe('who follows a segment that is over', () => {
  it('and leaves it late leaves the next one alone', async () => {
    await using own = await EngineCluster.create(postgres);
    await own.start(['Approval']);
    const first = await own.client.start('approval', {});
    await first.result;
    const desk = new RunDesk(own.pool);
    for (const worker of own.workers) await worker.kill();
    await own.client.resume(first.id, { ask: true });
    expect(await desk.askCancel(first.id, 'late', 1)).toMatchObject({ turn: 2, status: 'queued', cancel_reason: null });
    expect(await desk.askCancel(first.id, 'in time', 2)).toMatchObject({ turn: 2, cancel_reason: 'in time' });
  });
});
