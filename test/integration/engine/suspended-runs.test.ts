import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type EngineClient } from '../../../src/engine/dbos/index.js';
import { AlreadyResumedError } from '../../../src/index.js';
import { EngineCluster, type EngineWorker } from './engine-cluster.js';
import { Approval, Helpful, Impatient, Job, TwoQuestions } from './engine-pipelines.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

/** How many runs wait for an answer; 10,000 are measured now and then. */
const RUNS = Number(process.env.STEPSTREAM_SUSPENDED ?? 200);
/** How many answers are timed. */
const ANSWERS = 50;

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

const percentile = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * share) - 1];

/** Starts runs, some at once, and resolves when all wait for an answer. */
async function suspendRuns(client: EngineClient, count: number, name: string): Promise<void> {
  let next = 0;
  const some = async (): Promise<void> => {
    while (next < count) {
      const run = await client.start(Approval, {}, { id: `${name} ${next++}` });
      if ((await run.result).status !== 'suspended') throw new Error(`${run.id} is not suspended`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, some));
}

/** Milliseconds until the client hears that the step behind the question has begun. */
async function answerTime(client: EngineClient, runId: string): Promise<number> {
  const asked = performance.now();
  const run = await client.resume(runId, { ask: true });
  let time = 0;
  run.once('step-start', () => (time = performance.now() - asked));
  await run.result;
  if (time === 0) throw new Error(`nothing began in ${runId}`);
  return time;
}

/** Figures, for those who want them. */
function report(line: string): void {
  if (process.env.STEPSTREAM_FIGURES) process.stdout.write(`${line}\n`);
}

describe(`${RUNS} suspended runs`, () => {
  let cluster: EngineCluster;
  let before: readonly { readonly heap: number }[];

  beforeAll(async () => {
    cluster = await EngineCluster.create(postgres);
    await startTwo();
    // What a worker needs for its first runs it keeps.
    await suspendRuns(cluster.client, 100, 'warm');
    before = await Promise.all(cluster.workers.map((worker) => worker.look()));
    const since = performance.now();
    await suspendRuns(cluster.client, RUNS, 'run');
    report(`${RUNS} runs were started and suspended in ${Math.round(performance.now() - since)} ms`);
  }, 1_200_000);

  afterAll(() => cluster[Symbol.asyncDispose]());

  const startTwo = (): Promise<EngineWorker[]> => Promise.all([1, 2].map(() => cluster.start(['Approval', 'Job'])));

  /** Answers to some, one after the other. */
  async function answerSome(from: number, client = cluster.client): Promise<number[]> {
    const times: number[] = [];
    const step = Math.floor(RUNS / 2 / ANSWERS);
    for (let place = 0; place < ANSWERS; place++) times.push(await answerTime(client, `run ${from + place * step}`));
    return times;
  }

  it('are in no memory of a worker', async () => {
    const after = await Promise.all(cluster.workers.map((worker) => worker.look()));
    expect(after.map(({ runs }) => runs)).toEqual([[], []]);
    for (const [place, { heap }] of after.entries()) {
      const grown = heap - before[place].heap;
      report(`heap ${Math.round(before[place].heap / 2 ** 20)} MB, grown by ${Math.round(grown / 1024)} kB`);
      // Their states alone, and what an execution of one needs, would be many kilobytes each.
      expect(grown).toBeLessThan(2 * 2 ** 20 + RUNS * 200);
    }
  });

  it('hold no place in a queue: others pass', async () => {
    const asked = performance.now();
    const runs = await Promise.all(Array.from({ length: 64 }, () => cluster.client.start(Job, { ms: 10 })));
    const results = await Promise.all(runs.map(({ result }) => result));
    report(`64 others passed in ${Math.round(performance.now() - asked)} ms`);
    expect(results.map(({ status }) => status)).toEqual(Array(64).fill('success'));
    expect(performance.now() - asked).toBeLessThan(15_000);
  });

  it('act on their answers in under a second', async () => {
    await answerTime(cluster.client, 'warm 0');
    const times = await answerSome(0);
    report(`answers: p50 ${percentile(times, 0.5)} ms, p99 ${percentile(times, 0.99)} ms`);
    expect(percentile(times, 0.99)).toBeLessThan(1000);
  });

  it('survive a restart of everything', async ({ skip }) => {
    if (!postgres.canRestart) skip();
    await Promise.all(cluster.workers.splice(0).map((worker) => worker.kill()));
    await postgres.restart('fast');
    await startTwo();
    const client = await connect({ databaseUrl: cluster.url });
    try {
      const info = await client.get(`run ${RUNS - 1}`);
      expect(info).toMatchObject({ status: 'suspended', asks: ['ask'], pipeline: 'approval' });
      await answerTime(client, 'warm 1');
      const times = await answerSome(Math.ceil(RUNS / 2), client);
      report(`after the restart: p50 ${percentile(times, 0.5)} ms, p99 ${percentile(times, 0.99)} ms`);
      expect(percentile(times, 0.99)).toBeLessThan(1000);
    } finally {
      await client.close();
    }
    // Each was answered once, and its answer reached it.
    const marks = await cluster.marks();
    const answered = marks.filter(({ what }) => what === 'answer true').map(({ run }) => run);
    expect(answered).toHaveLength(2 * ANSWERS + 2);
    expect(new Set(answered).size).toBe(answered.length);
  });
});

describe('a suspension', () => {
  let cluster: EngineCluster;
  let other: EngineClient;
  const serve = (): Promise<EngineWorker> => cluster.start(['Approval', 'TwoQuestions', 'Impatient', 'Helpful']);

  beforeAll(async () => {
    cluster = await EngineCluster.create(postgres);
    other = await connect({ databaseUrl: cluster.url });
    await serve();
  });

  afterAll(async () => {
    await other.close();
    await cluster[Symbol.asyncDispose]();
  });

  /** How the run has ended when it has gone on by itself. */
  async function wentOn(id: string, status: string) {
    await vi.waitUntil(async () => (await cluster.client.get(id))?.status === status, {
      timeout: 20_000,
      interval: 50,
    });
    return (await cluster.client.attach(id, { throwOnFailure: false })).result;
  }

  it('that is over fails its run, which goes on by itself', async () => {
    const run = await cluster.client.start(Impatient, { ms: 500 });
    const suspended = await run.result;
    expect(suspended).toMatchObject({ status: 'suspended' });
    const since = Date.now();
    const result = await wentOn(run.id, 'failed');
    report(`expired after ${Date.now() - since} ms instead of 500`);
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'SUSPENSION_EXPIRED', name: 'SuspensionExpiredError' },
    });
    await expect(cluster.client.resume(run.id, { ask: 'late' })).rejects.toMatchObject({ code: 'INVALID_ANSWER' });
  });

  it('that is over is recovered by the handler of its step', async () => {
    const run = await cluster.client.start(Helpful, { ms: 500 });
    await run.result;
    const result = await wentOn(run.id, 'success');
    expect(result.outputs).toMatchObject({ after: 'SuspensionExpiredError' });
  });

  it('that was answered in time does not end when its time is over', async () => {
    const run = await cluster.client.start(Helpful, { ms: 1500 });
    await run.result;
    const next = await cluster.client.resume(run.id, { ask: 'in time' });
    expect(await next.result).toMatchObject({ status: 'success', outputs: { after: 'in time' } });
    await sleep(3000);
    expect((await cluster.marks(run.id)).map(({ what }) => what)).toEqual(['in time']);
    expect(await cluster.client.get(run.id)).toMatchObject({ status: 'success' });
  });

  it('that is over while no worker is there goes on when one comes', async () => {
    const run = await cluster.client.start(Helpful, { ms: 1000 });
    await run.result;
    await Promise.all(cluster.workers.splice(0).map((worker) => worker.close()));
    await sleep(1500);
    expect(await cluster.client.get(run.id)).toMatchObject({ status: 'suspended' });
    await serve();
    const result = await wentOn(run.id, 'success');
    expect(result.outputs).toMatchObject({ after: 'SuspensionExpiredError' });
  });

  it('can be answered while a segment of its run is under way', async () => {
    const run = await cluster.client.start(TwoQuestions, { ms: 1500 });
    expect(await run.result).toMatchObject({ status: 'suspended', asks: [{ key: 'first' }, { key: 'second' }] });
    const second = await cluster.client.resume(run.id, { first: 'one' });
    await cluster.marked(run.id, 'slow one');
    await other.resume(run.id, { second: 'two' });
    await expect(other.resume(run.id, { second: 'too late' })).rejects.toMatchObject({ answers: { second: 'two' } });
    expect(await second.result).toMatchObject({ status: 'suspended', asks: [{ key: 'second' }] });
    const result = await wentOn(run.id, 'success');
    expect(result.outputs).toMatchObject({ slow: 'slow one', last: 'last two' });
    expect((await cluster.marks(run.id)).map(({ what }) => what)).toEqual(['slow one', 'slow is over', 'last two']);
  });

  it('has one answer, whoever is fast: the other is told which', async () => {
    const clients = [cluster.client, other];
    const wins = [0, 0];
    await suspendRuns(cluster.client, 100, 'race');
    for (let race = 0; race < 100; race++) {
      const given = clients.map((client, place) => client.resume(`race ${race}`, { ask: place }));
      const outcomes = await Promise.allSettled(given);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      const loser = outcomes[1 - winner] as PromiseRejectedResult;
      expect(loser.status).toBe('rejected');
      expect(loser.reason).toBeInstanceOf(AlreadyResumedError);
      expect(loser.reason).toMatchObject({ code: 'ALREADY_RESUMED', answers: { ask: winner } });
      const { value } = outcomes[winner] as PromiseFulfilledResult<Awaited<ReturnType<EngineClient['resume']>>>;
      expect(await value.result).toMatchObject({ status: 'success', state: { approved: winner } });
      wins[winner]++;
    }
    report(`races won: ${wins.join(' and ')}`);
    const marks = (await cluster.marks()).filter(({ run }) => run.startsWith('race'));
    expect(marks).toHaveLength(100);
  });
});
