import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, startWorker } from '../../../src/engine/dbos/index.js';
import { RunFailedError } from '../../../src/index.js';
import { EngineCluster } from './engine-cluster.js';
import { Approval, Deadly, Failing, Job, Two, Unnamed } from './engine-pipelines.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;
let cluster: EngineCluster;

beforeAll(async () => {
  postgres = await startPostgres();
  cluster = await EngineCluster.create(postgres);
  await cluster.start(['Approval', 'Failing', 'Job', 'Two']);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await postgres.stop();
});

const whats = async (run: string): Promise<string[]> => (await cluster.marks(run)).map(({ what }) => what);

describe('a failure', () => {
  it('is what the client of the run gets, with what was done until then', async () => {
    const run = await cluster.client.start(Failing, { how: 'at once' });
    const error: unknown = await run.result.catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(RunFailedError);
    expect(error).toMatchObject({ code: 'RUN_FAILED', result: { status: 'failed', error: { code: 'STEP_FAILED' } } });
    expect(error).toMatchObject({
      result: {
        error: { cause: { name: 'RangeError', message: 'it went wrong 3 times' } },
        ledger: { work: { status: 'failed' }, next: { status: 'not taken', why: 'ended' } },
      },
    });
    expect(await whats(run.id)).toEqual(['attempt 1', 'attempt 2', 'attempt 3']);
    expect(await cluster.client.get(run.id)).toMatchObject({ status: 'failed' });
  });

  it('that a retry heals is none', async () => {
    const run = await cluster.client.start(Failing, { how: 'after retries' });
    expect(await run.result).toMatchObject({ status: 'success', outputs: { next: 'after 3 attempts' } });
  });

  it('is also a step that takes too long, or returns what is no plain data', async () => {
    const options = { throwOnFailure: false };
    const late = await cluster.client.start(Failing, { how: 'in time' }, options);
    const strange = await cluster.client.start(Failing, { how: 'with a strange value' }, options);
    expect(await late.result).toMatchObject({ status: 'failed', error: { code: 'STEP_TIMEOUT' } });
    const { status, error } = await strange.result;
    expect(status).toBe('failed');
    expect(`${error!.message} ${String(error!.cause)}`).toMatch(/work.*Map/s);
  });
});

describe("a run's timeout", () => {
  it('ends it wherever it is', async () => {
    const run = await cluster.client.start(Job, { ms: 60_000 }, { timeout: 700 });
    const began = Date.now();
    await expect(run.result).rejects.toMatchObject({ code: 'RUN_TIMEOUT', result: { status: 'timeout' } });
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(await cluster.client.get(run.id)).toMatchObject({ status: 'timeout' });
  });

  it('goes on while its worker is dead', async () => {
    await using own = await EngineCluster.create(postgres);
    const first = await own.start(['Job']);
    const run = await own.client.start(Job, { ms: 30_000 }, { timeout: 8000, throwOnFailure: false });
    const [{ at }] = await own.marked(run.id, 'begin');
    await first.kill();
    await own.start(['Job']);
    expect(await run.result).toMatchObject({ status: 'timeout', error: { code: 'RUN_TIMEOUT' } });
    const { endedAt } = (await own.client.get(run.id))!;
    // Not eight seconds from when the second worker has taken it.
    expect(endedAt! - at).toBeGreaterThan(7500);
    const begins = (await own.marks(run.id)).filter(({ what }) => what === 'begin');
    expect(endedAt! - begins.at(-1)!.at).toBeLessThan(begins.length === 1 ? 30_000 : 7500);
  });
});

describe('a run that kills its worker each time', () => {
  it('is given up, and says so', async () => {
    await using own = await EngineCluster.create(postgres, await postgres.createTables());
    // There is no worker yet, and there never was.
    await expect(own.client.start(Deadly, {})).rejects.toMatchObject({ code: 'NO_SUCH_PIPELINE' });
    await (await own.start(['Deadly'])).close();
    const run = await own.client.start(Deadly, {});
    let deaths = 0;
    const over = run.result.catch((error: unknown) => error);
    let error: unknown;
    for (void over.then((one) => (error = one)); error === undefined && deaths < 10;) {
      const worker = await own.start(['Deadly'], { maxRecoveryAttempts: 1 });
      await Promise.race([worker.ended(), over]);
      if (!worker.alive) deaths++;
    }
    expect(error).toBeInstanceOf(RunFailedError);
    expect(error).toMatchObject({ result: { status: 'failed', error: { code: 'RUN_GIVEN_UP' } } });
    const kills = (await own.marks(run.id)).filter(({ what }) => what === 'kill');
    expect(kills).toHaveLength(deaths);
    expect(deaths).toBe(2);
    // What was recorded was not repeated.
    expect((await own.marks(run.id)).filter(({ what }) => what === 'before')).toHaveLength(1);
  });
});

describe('a worker that is closed in the middle of runs', () => {
  it('leaves them to the others, which do not repeat what is recorded', async () => {
    await using own = await EngineCluster.create(postgres);
    const first = await own.start(['Two']);
    const runs = await Promise.all([0, 1, 2].map(() => own.client.start(Two, { ms: 6000 })));
    await Promise.all(runs.map(({ id }) => own.marked(id, 'two')));
    // In the middle of their second step; what it does after that is no outcome.
    const closed = first.close(0);
    const second = await own.start(['Two']);
    await closed;
    const results = await Promise.all(runs.map(({ result }) => result));
    for (const result of results) expect(result).toMatchObject({ status: 'success', outputs: { two: 'one, two' } });
    for (const { id } of runs) {
      const marks = await own.marks(id);
      expect(marks.filter(({ what }) => what === 'one')).toHaveLength(1);
      expect(marks.filter(({ what, worker }) => what === 'two is over' && worker === second.name)).toHaveLength(1);
    }
  });

  it('finishes those that end in time', async () => {
    await using own = await EngineCluster.create(postgres);
    const only = await own.start(['Two']);
    const run = await own.client.start(Two, { ms: 1000 });
    await own.marked(run.id, 'two');
    await only.close(20_000);
    expect(await run.result).toMatchObject({ status: 'success' });
    expect((await own.marks(run.id)).map(({ what }) => what)).toEqual(['one', 'two', 'two is over']);
  });
});

describe('a worker that died when it had kept the end of a run', () => {
  it('leaves nothing behind that goes on for ever', async () => {
    await using own = await EngineCluster.create(postgres);
    const first = await own.start(['Approval', 'Job']);
    const asking = await own.client.start(Approval, {});
    const done = await own.client.start(Job, { ms: 1 });
    await asking.result;
    await done.result;
    // As if DBOS had not come to record it any more.
    await own.pool.query(
      "UPDATE dbos.workflow_status SET status = 'PENDING', output = NULL, completed_at = NULL WHERE workflow_uuid = ANY($1)",
      [[asking.id, done.id]],
    );
    await first.kill();
    await own.start(['Approval', 'Job']);
    await expect
      .poll(() => own.pool.query("SELECT FROM dbos.workflow_status WHERE status <> 'SUCCESS'"), { timeout: 20_000 })
      .toMatchObject({ rowCount: 0 });
    expect(await own.client.get(done.id)).toMatchObject({ status: 'success' });
    expect(await own.client.get(asking.id)).toMatchObject({ status: 'suspended', asks: ['ask'] });
    const next = await own.client.resume(asking.id, { ask: true });
    expect(await next.result).toMatchObject({ status: 'success', state: { approved: true } });
    expect((await own.marks(done.id)).map(({ what }) => what)).toEqual(['begin', 'end']);
  });
});

describe('a database that is away', () => {
  it('makes connect() and startWorker() fail with what is wrong', async () => {
    const databaseUrl = 'postgres://postgres@127.0.0.1:1/none';
    await expect(connect({ databaseUrl })).rejects.toThrow(/ECONNREFUSED/);
    await expect(startWorker({ databaseUrl, pipelines: [new Job()] })).rejects.toThrow(/ECONNREFUSED/);
  });

  it('makes start() fail with what is wrong, and nothing is started', async ({ skip }) => {
    if (!postgres.canRestart) skip();
    const restarted = postgres.restart('fast');
    const outcomes: unknown[] = [];
    let over = false;
    void restarted.then(() => (over = true));
    while (!over) {
      const id = `away ${outcomes.length}`;
      outcomes.push(await cluster.client.start(Job, { ms: 1 }, { id }).catch((error: unknown) => error));
      await sleep(20);
    }
    await restarted;
    expect(outcomes.some((one) => one instanceof Error)).toBe(true);
    for (const [place, outcome] of outcomes.entries()) {
      const there = await cluster.client.get(`away ${place}`);
      if (outcome instanceof Error)
        expect(outcome.message).toMatch(/ECONN|terminat|shutting down|starting up|connection error/i);
      else expect(there).toBeDefined();
    }
    // The client and the worker are as good as before.
    const after = await cluster.client.start(Job, { ms: 1 });
    expect(await after.result).toMatchObject({ status: 'success' });
  });
});

describe('bad input', () => {
  it.each([
    ['no state', 'INVALID_STATE', Job, null, {}],
    ['a list as the state', 'INVALID_STATE', Job, [1], {}],
    ['a date in the state', 'NOT_PLAIN_DATA', Job, { ms: new Date() }, {}],
    ['a function in the context', 'NOT_PLAIN_DATA', Job, { ms: 1 }, { context: { a() {} } }],
    ['an option that is none', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { buffer: 1 }],
    ['an id with #', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { id: 'a#2' }],
    ['an empty id', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { id: '' }],
    ['a long id', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { id: 'a'.repeat(129) }],
    ['a negative priority', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { priority: -1 }],
    ['half a priority', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { priority: 0.5 }],
    ['a negative delay', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { delay: -1 }],
    ['no delay', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { delay: Number.NaN }],
    ['no time at all', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { timeout: 0 }],
    ['a number as the partition', 'INVALID_RUN_OPTION', Job, { ms: 1 }, { partition: 1 }],
    ['a name that nobody has', 'NO_SUCH_PIPELINE', 'nobody', {}, {}],
    ['a class without a name', 'UNNAMED_PIPELINE', Unnamed, {}, {}],
  ])('of start() is refused: %s', async (_, code, pipeline, state, options) => {
    const count = async (): Promise<number | null> =>
      (await cluster.pool.query('SELECT FROM stepstream.runs')).rowCount;
    const before = await count();
    await expect(cluster.client.start(pipeline as never, state as never, options as never)).rejects.toMatchObject({
      code,
    });
    expect(await count()).toBe(before);
  });

  it('of attach(), resume() and cancel() is refused', async () => {
    const { client } = cluster;
    await expect(client.attach('nobody')).rejects.toMatchObject({ code: 'NO_SUCH_RUN' });
    await expect(client.resume('nobody', { ask: 1 })).rejects.toMatchObject({ code: 'NO_SUCH_RUN' });
    expect(await client.cancel('nobody')).toBe(false);
    expect(await client.get('nobody')).toBeUndefined();
    const run = await client.start(Approval, {});
    await run.result;
    await expect(client.resume(run.id, {})).rejects.toMatchObject({ code: 'INVALID_ANSWER' });
    await expect(client.resume(run.id, { other: 1 })).rejects.toMatchObject({ code: 'INVALID_ANSWER' });
    await expect(client.resume(run.id, { ask: 1n })).rejects.toMatchObject({ code: 'NOT_PLAIN_DATA' });
    // None of that was an answer.
    const next = await client.resume(run.id, { ask: true });
    expect(await next.result).toMatchObject({ status: 'success', state: { approved: true } });
    await expect(client.resume(run.id, { ask: true })).rejects.toMatchObject({ code: 'ALREADY_RESUMED' });
  });

  it('of startWorker() is refused: a pipeline without a name, and a second worker', async () => {
    const databaseUrl = await postgres.createDatabase();
    await expect(startWorker({ databaseUrl, pipelines: [new Unnamed()] })).rejects.toMatchObject({
      code: 'UNNAMED_PIPELINE',
    });
    await using worker = await startWorker({ databaseUrl, pipelines: [new Job()] });
    expect(worker.runs).toEqual([]);
    await expect(startWorker({ databaseUrl, pipelines: [new Job()] })).rejects.toMatchObject({ code: 'SECOND_WORKER' });
    // The first one is not hurt by that.
    const client = await connect({ databaseUrl });
    const run = await client.start('job', { ms: 1 }, { throwOnFailure: false });
    // Its step has no side table here.
    expect(await run.result).toMatchObject({ status: 'failed' });
    await client.close();
  });
});
