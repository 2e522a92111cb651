import { DBOS } from '@dbos-inc/dbos-sdk';
import { createServer, type AddressInfo } from 'node:net';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect, startWorker, type EngineClient, type WorkerOptions } from '../../../src/engine/dbos/index.js';
import { Pipeline, Step, type Ctx, type StepstreamError } from '../../../src/index.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

const PASSWORD = 'do-not-tell';
/** Nobody is told of what is wrong later than this. */
const SOON = 15_000;

class Trip extends Pipeline<{ to: unknown }> {
  static readonly pipeline = { name: 'trip' };
  @Step() go({ state }: Ctx<this>) {
    return `to ${String(state.to)}`;
  }
}

/** The same pipeline with other steps. */
class LaterTrip extends Pipeline<{ to: unknown }> {
  static readonly pipeline = { name: 'trip' };
  @Step({ to: 'go' }) pack() {}
  @Step() go() {}
}

class Nobodys extends Pipeline<object> {
  static readonly pipeline = { name: 'nobodys' };
  @Step() only() {}
}

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

async function query(databaseUrl: string, ...statements: string[]): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    let rows: readonly unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** The url with a user, a password and perhaps another part. */
function change(databaseUrl: string, parts: Partial<Pick<URL, 'username' | 'host' | 'pathname'>>): string {
  return Object.assign(new URL(databaseUrl), { password: PASSWORD, ...parts }).href;
}

/** What both begin with: each says the same of the same database, and names itself. */
const BOTH: readonly (readonly [string, (databaseUrl: unknown) => Promise<unknown>])[] = [
  ['connect()', (databaseUrl) => connect({ databaseUrl: databaseUrl as string })],
  ['startWorker()', (databaseUrl) => start({ databaseUrl: databaseUrl as string })],
];

const start = (options: Partial<WorkerOptions>) =>
  startWorker({ databaseUrl: 'postgres://127.0.0.1/none', pipelines: [new Trip()], ...options });

/** The error, soon; it says what, where and what to do, and no password, nor does what it was caused by. */
async function refusal(work: Promise<unknown>): Promise<StepstreamError> {
  const since = performance.now();
  const error = await work.then(
    () => expect.unreachable('it was not refused'),
    (reason: unknown) => reason as StepstreamError,
  );
  expect(performance.now() - since).toBeLessThan(SOON);
  expect(error.code).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
  expect(error.remedy).toMatch(/\.$/);
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    expect(`${one.message} ${one.stack}`).not.toContain(PASSWORD);
    expect(JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(one)))).not.toContain(PASSWORD);
  }
  return error;
}

describe.each(BOTH)('%s', (caller, begin) => {
  it.each([
    ['no string', undefined],
    ['no url', `localhost:5432/app?password=${PASSWORD}`],
    ['of another database', `mysql://me:${PASSWORD}@localhost/app`],
    ['with a password that is not encoded', `postgres://me:${PASSWORD}/#@host:port:7/app`],
    ['with a sign that is badly encoded', `postgres://me:${PASSWORD}@localhost/app%zz`],
  ])('refuses a databaseUrl that is %s', async (_, databaseUrl) => {
    const { code, message } = await refusal(begin(databaseUrl));
    expect(code).toBe('INVALID_ENGINE_OPTION');
    expect(message).toContain(`${caller}: the option databaseUrl`);
  });

  it('says that nobody listens there', async () => {
    const { code, message } = await refusal(begin(`postgres://me:${PASSWORD}@127.0.0.1:1/app`));
    expect({ code, message }).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/the database "app" on 127\.0\.0\.1:1 can't be reached: connect ECONNREFUSED/),
    });
    expect(message).toContain(caller);
  });

  it('says that a host can not be found', async () => {
    const { code, message } = await refusal(begin(`postgres://me:${PASSWORD}@no-such-host.invalid/app`));
    expect(code).toBe('DATABASE_UNREACHABLE');
    expect(message).toContain('no-such-host.invalid');
  });

  it('does not wait for ever for what takes a connection and says nothing', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = mute.address() as AddressInfo;
      const { code, message } = await refusal(begin(`postgres://me:${PASSWORD}@127.0.0.1:${port}/app`));
      expect(code).toBe('DATABASE_UNREACHABLE');
      expect(message).toContain(`127.0.0.1:${port}`);
    } finally {
      mute.close();
    }
  });

  it('says that there is no such database', async () => {
    const { code, message } = await refusal(begin(change(postgres.url, { pathname: '/nothing' })));
    expect(code).toBe('DATABASE_UNREACHABLE');
    expect(message).toContain('database "nothing" does not exist');
  });

  it('says that there is no such user', async () => {
    const { code, message } = await refusal(begin(change(postgres.url, { username: 'nobody' })));
    expect(code).toBe('DATABASE_UNREACHABLE');
    expect(message).toMatch(/nobody/);
  });

  it('says which right a user lacks', async () => {
    const databaseUrl = await postgres.createDatabase();
    const user = `reader_${caller.slice(0, 5)}`.toLowerCase();
    await query(databaseUrl, `CREATE ROLE ${user} LOGIN PASSWORD '${PASSWORD}'`);
    try {
      const { code, message } = await refusal(begin(change(databaseUrl, { username: user })));
      expect(code).toBe('DATABASE_RIGHT_MISSING');
      expect(message).toContain(user);
      expect(message).toContain('permission denied for database');
      expect(await query(databaseUrl, "SELECT FROM pg_namespace WHERE nspname IN ('stepstream', 'dbos')")).toEqual([]);
    } finally {
      await query(databaseUrl, `DROP ROLE ${user}`);
    }
  });

  it('refuses a database that a much newer release has migrated, and leaves it as it is', async () => {
    const databaseUrl = await postgres.createDatabase();
    await (await connect({ databaseUrl })).close();
    const versions = 'SELECT name, version FROM stepstream.versions ORDER BY name';
    // The release that comes next has left what this one needs.
    await query(databaseUrl, "UPDATE stepstream.versions SET version = version + 1 WHERE name = 'runs'");
    await (await connect({ databaseUrl })).close();
    await query(databaseUrl, "UPDATE stepstream.versions SET version = version + 1 WHERE name = 'runs'");
    const before = await query(databaseUrl, versions);
    const { code, message, remedy } = await refusal(begin(databaseUrl));
    expect(code).toBe('SCHEMA_TOO_NEW');
    expect(message).toMatch(
      /the tables "runs" in the schema stepstream have version \d+, and this release .* knows \d+/i,
    );
    expect(remedy).toContain('update stepstream');
    expect(await query(databaseUrl, versions)).toEqual(before);
  });
});

describe('startWorker()', () => {
  it('says which right a user lacks who may use our tables, but not make those of DBOS', async () => {
    const databaseUrl = await postgres.createDatabase();
    await (await connect({ databaseUrl })).close();
    await query(
      databaseUrl,
      `CREATE ROLE half LOGIN PASSWORD '${PASSWORD}'`,
      'GRANT USAGE ON SCHEMA stepstream TO half',
      'GRANT ALL ON ALL TABLES IN SCHEMA stepstream TO half',
    );
    try {
      const { code, message } = await refusal(start({ databaseUrl: change(databaseUrl, { username: 'half' }) }));
      expect({ code, message }).toMatchObject({
        code: 'DATABASE_RIGHT_MISSING',
        message: expect.stringContaining('half'),
      });
      // Nothing of it is left.
      expect(await query(databaseUrl, 'SELECT FROM stepstream.workers')).toEqual([]);
      await (await start({ databaseUrl })).close();
    } finally {
      await query(databaseUrl, 'DROP OWNED BY half', 'DROP ROLE half');
    }
  });

  it.each([undefined, [], 'Trip', new Set()])('refuses %s as its pipelines', async (pipelines) => {
    const { code } = await refusal(start({ pipelines: pipelines as unknown as WorkerOptions['pipelines'] }));
    expect(code).toBe('INVALID_ENGINE_OPTION');
  });

  it('refuses a process in which something else has launched DBOS, and leaves that alone', async () => {
    const databaseUrl = await postgres.createDatabase();
    const silent = (): void => undefined;
    const logger = { info: silent, debug: silent, warn: silent, error: silent };
    DBOS.setConfig({ name: 'somebody', systemDatabaseUrl: databaseUrl, logger });
    await DBOS.launch();
    try {
      expect((await refusal(start({ databaseUrl }))).code).toBe('DBOS_IN_USE');
      expect(DBOS.isInitialized()).toBe(true);
      expect(await DBOS.listWorkflows({})).toEqual([]);
    } finally {
      await DBOS.shutdown();
    }
    await (await start({ databaseUrl: await postgres.createDatabase() })).close();
  });

  it('refuses a second worker while the first is starting', async () => {
    const databaseUrl = await postgres.createDatabase();
    const [first, second] = await Promise.allSettled([start({ databaseUrl }), start({ databaseUrl })]);
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'SECOND_WORKER' } });
    expect(first.status).toBe('fulfilled');
    if (first.status === 'fulfilled') await first.value.close();
  });

  it('keeps few connections of its own for its signs of life', async () => {
    const databaseUrl = await postgres.createDatabase();
    // A sign of life may take three times as long as there is between two.
    await using worker = await start({ databaseUrl, failover: { heartbeat: 200, lookEvery: 20 } });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const [{ count }] = (await query(
      databaseUrl,
      "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%stepstream.workers%' AND pid <> pg_backend_pid()",
    )) as [{ count: number }];
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(2);
    expect(worker.id).not.toBe('');
  });
});

describe('start() of a client', () => {
  let databaseUrl: string;
  let client: EngineClient;

  beforeAll(async () => {
    databaseUrl = await postgres.createDatabase();
    client = await connect({ databaseUrl });
  });

  afterEach(async () => {
    // A start that is refused leaves nothing.
    expect(await query(databaseUrl, 'SELECT run_id FROM stepstream.runs')).toEqual([]);
    const there = await query(
      databaseUrl,
      "SELECT FROM pg_tables WHERE schemaname = 'dbos' AND tablename = 'workflow_status'",
    );
    if (there.length > 0)
      expect(await query(databaseUrl, 'SELECT workflow_uuid FROM dbos.workflow_status')).toEqual([]);
  });

  afterAll(async () => {
    await client.close();
  });

  it('refuses everything in a database that never had a worker', async () => {
    for (const pipeline of [Trip, new Trip()])
      expect(await refusal(client.start(pipeline, { to: 'Rome' }))).toMatchObject({
        code: 'NO_SUCH_PIPELINE',
        message: expect.stringContaining('"trip"'),
      });
    expect((await refusal(client.start('trip', { to: 'Rome' }))).code).toBe('NO_SUCH_PIPELINE');
  });

  it('refuses a name, and a class, that no worker has ever had', async () => {
    await (await start({ databaseUrl })).close();
    expect((await refusal(client.start('tripp', { to: 'Rome' }))).message).toContain('"tripp"');
    expect((await refusal(client.start(Nobodys, {}))).code).toBe('NO_SUCH_PIPELINE');
  });

  it('refuses a plan that no worker has ever had', async () => {
    const { code, message } = await refusal(client.start(LaterTrip, { to: 'Rome' }));
    expect(code).toBe('NO_SUCH_PLAN');
    expect(message).toMatch(/"trip".*fingerprint \w+, .* has \w+/);
  });

  it.each([
    ['a function', { to: () => 'Rome' }, 'state.to'],
    ['a Map in a list', { to: [1, new Map()] }, 'state.to[1]'],
    ['a bigint', { to: 7n }, 'state.to'],
    ['a Date', { to: new Date() }, 'state.to'],
  ])('refuses a state with %s', async (_, state, where) => {
    const { code, message } = await refusal(client.start(Trip, state));
    expect(code).toBe('NOT_PLAIN_DATA');
    expect(message).toContain(where);
  });

  it('refuses a state with itself in it, and a context that can not be kept', async () => {
    const circle: { to: unknown } = { to: 'Rome' };
    circle.to = circle;
    expect((await refusal(client.start(Trip, circle))).code).toBe('NOT_PLAIN_DATA');
    expect((await refusal(client.start('trip', {}, { context: new Map() }))).code).toBe('NOT_PLAIN_DATA');
  });

  it.each<[string, unknown, object, string]>([
    ['no object', 'Rome', {}, 'INVALID_STATE'],
    ['an unknown option', {}, { retries: 3 }, 'INVALID_RUN_OPTION'],
    ['an id with a #', {}, { id: 'a#2' }, 'INVALID_RUN_OPTION'],
    ['an id that is that of what looks after its time', {}, { id: 'a!' }, 'INVALID_RUN_OPTION'],
  ])('refuses %s', async (_, state, options, code) => {
    expect((await refusal(client.start('trip', state as object, options))).code).toBe(code);
  });
});

describe('options of a worker', () => {
  const limited = (limits: object): Partial<WorkerOptions> => ({ pipelines: [{ pipeline: new Trip(), ...limits }] });

  it.each<[string, object, RegExp]>([
    ['one that there is not', { concurrency: 3 }, /there is no option "concurrency".*The options are:.*pipelines/],
    ['no attempts', { maxRecoveryAttempts: 0 }, /maxRecoveryAttempts must be a whole number above 0/],
    ['what can not be called', { onError: 'log' }, /onError must be a function/],
    ['a word for times', { failover: 'fast' }, /failover must be an object/],
    ['a time that there is not', { failover: { beat: 1 } }, /there is no option "failover\.beat"/],
    ['no time', { failover: { lookEvery: Number.NaN } }, /failover\.lookEvery must be milliseconds/],
    ['signs of life too seldom', { failover: { heartbeat: 10_000 } }, /frozenAfter \(15000\) must be at least twice/],
    ['a limit that there is not', limited({ concurency: 3 }), /trip: .*there is no option "concurency"/],
    ['a limit of nothing', limited({ concurrency: 0 }), /trip: .*concurrency must be a whole number above 0/],
    ['a rate without a time', limited({ rate: { limit: 5 } }), /rate must be \{ limit, per \}/],
    [
      'a rate of nothing',
      limited({ partitionRate: { limit: 0, per: 1000 } }),
      /partitionRate must be \{ limit, per \}/,
    ],
    ['half an item', limited({ items: { concurrency: 0.5 } }), /items\.concurrency must be a whole number/],
    ['an item per partition', limited({ items: { partitionConcurrency: 1 } }), /"items\.partitionConcurrency"/],
    [
      'more here than everywhere',
      limited({ concurrency: 5, globalConcurrency: 4 }),
      /concurrency \(5\) must be at most globalConcurrency \(4\)/,
    ],
    [
      'more of one partition than of all',
      limited({ partitionConcurrency: 5, globalConcurrency: 4 }),
      /partitionConcurrency \(5\) must be at most globalConcurrency \(4\)/,
    ],
    [
      'more items here than everywhere',
      limited({ items: { concurrency: 5, globalConcurrency: 4 } }),
      /items\.concurrency \(5\) must be at most/,
    ],
  ])('are refused: %s', async (_, options, said) => {
    // Before anything is asked of a database, which is none.
    const { code, message, remedy } = await refusal(start(options));
    expect(code).toBe('INVALID_ENGINE_OPTION');
    expect(`${message} ${remedy}`).toMatch(said);
  });

  it('need not say how many one worker has at most, where it is said for all', async () => {
    const databaseUrl = await postgres.createDatabase();
    await using worker = await start({ databaseUrl, ...limited({ globalConcurrency: 2, partitionConcurrency: 1 }) });
    expect(worker.runs).toEqual([]);
    const [queue] = await query(databaseUrl, "SELECT * FROM dbos.queues WHERE name LIKE 'trip@%'");
    expect(queue).toMatchObject({ concurrency: 2, worker_concurrency: 2 });
  });
});

describe('calls of a client', () => {
  let client: EngineClient;

  beforeAll(async () => {
    client = await connect({ databaseUrl: await postgres.createDatabase() });
  });

  afterAll(async () => {
    await client.close();
  });

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['connect() to nothing', () => connect(undefined as never), 'INVALID_ENGINE_OPTION', /options must be an object/],
    [
      'connect() with what there is not',
      () => connect({ databaseUrl: postgres.url, pool: 3 } as never),
      'INVALID_ENGINE_OPTION',
      /connect\(\): there is no option "pool"/,
    ],
    ['attach() behind no seq', () => client.attach('a', { after: -1 }), 'INVALID_RUN_OPTION', /after must be a whole/],
    [
      'attach() behind a word',
      () => client.attach('a', { after: '7' as never }),
      'INVALID_RUN_OPTION',
      /attach\(\): the option after/,
    ],
    [
      'attach() with what there is not',
      () => client.attach('a', { from: 7 } as never),
      'INVALID_RUN_OPTION',
      /there is no option "from"/,
    ],
    ['attach() to what there is not', () => client.attach(undefined as never), 'NO_SUCH_RUN', /no run undefined/],
    [
      'resume() without an answer',
      () => client.resume('a', null as never),
      'INVALID_ANSWER',
      /as an object, by step key/,
    ],
    ['resume() with a list', () => client.resume('a', ['yes'] as never), 'INVALID_ANSWER', /as an object/],
    [
      'resume() with what is of a start only',
      () => client.resume('a', { ask: 1 }, { priority: 1 } as never),
      'INVALID_RUN_OPTION',
      /resume\(\): there is no option "priority"/,
    ],
    [
      'resume() in no time',
      () => client.resume('a', { ask: 1 }, { timeout: 0 }),
      'INVALID_RUN_OPTION',
      /timeout must be/,
    ],
    ['stranded() of half a run', () => client.stranded({ limit: 0.5 }), 'INVALID_QUERY', /limit/],
  ])('refuse %s', async (_, call, code, said) => {
    const error = await refusal(call());
    expect(error).toMatchObject({ code, message: expect.stringMatching(said) });
  });
});
