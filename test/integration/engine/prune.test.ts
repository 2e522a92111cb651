import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, startWorker, type EngineClient, type Worker } from '../../../src/engine/dbos/index.js';
import { Pipeline, Step, Streaming, suspend, type Ctx } from '../../../src/index.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

class Quick extends Pipeline<{ fail?: boolean }> {
  static readonly pipeline = { name: 'quick' };
  @Step({ to: 'last' }) first({ state }: Ctx<this>) {
    if (state.fail) throw new Error('it went wrong');
    return 'first';
  }
  @Streaming() async *last({ input }: Ctx<this, string>) {
    yield input;
  }
}

class Asking extends Pipeline<object> {
  static readonly pipeline = { name: 'asking' };
  @Step({ to: 'after' }) ask() {
    return suspend<string>('well?', { expiresIn: 3_600_000 });
  }
  @Step() after({ input }: Ctx<this, string>) {
    return input;
  }
}

/** Goes on until it is let go. */
class Long extends Pipeline<object> {
  static readonly pipeline = { name: 'long' };
  static letGo: () => void = () => undefined;
  static readonly until = new Promise<void>((resolve) => (Long.letGo = resolve));
  @Step() async wait() {
    await Long.until;
    return 'it was long';
  }
}

/** More than are deleted at once. */
const RUNS = 120;

let postgres: PostgresServer;
let databaseUrl: string;
let client: EngineClient;
let worker: Worker;
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
  worker = await startWorker({ databaseUrl, pipelines: [new Quick(), new Asking(), new Long()] });
  pool = new Pool({ connectionString: databaseUrl, max: 1 });
});

afterEach(async () => {
  await worker.close();
  await client.close();
  await pool.end();
});

const TABLES = [
  ...['stepstream.runs', 'stepstream.ends', 'stepstream.answers', 'stepstream.events', 'stepstream.epochs'],
  ...['dbos.workflow_status', 'dbos.workflow_input', 'dbos.workflow_output', 'dbos.operation_outputs'],
];

/** For each table the runs that it knows. */
async function known(): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of TABLES) {
    const column = table.startsWith('dbos') ? 'workflow_uuid' : 'run_id';
    const { rows } = await pool.query<{ id: string }>(
      `SELECT DISTINCT rtrim(split_part(${column}, '#', 1), '!') AS id FROM ${table}`,
    );
    all[table] = rows.map(({ id }) => id).sort();
  }
  return all;
}

/** DBOS is told of the end of a workflow a moment later than we are. */
const settled = (): Promise<void> =>
  expect
    .poll(() => pool.query("SELECT FROM dbos.workflow_status WHERE status = 'PENDING' AND name = 'run'"), {
      timeout: 10_000,
    })
    .toMatchObject({ rowCount: 0 });

describe('pruning', () => {
  it('deletes what has ended, with all that is known of it, and nothing else', async () => {
    await (
      await client.start(Quick, {}, { id: 'success' })
    ).result;
    await (
      await client.start(Quick, { fail: true }, { id: 'failed', throwOnFailure: false })
    ).result;
    const queued = await client.start(Quick, {}, { id: 'cancelled', delay: 3_600_000, throwOnFailure: false });
    await queued.cancel();
    await (
      await client.start(Asking, {}, { id: 'answered' })
    ).result;
    await (
      await client.resume('answered', { ask: 'yes' })
    ).result;
    await settled();
    await (
      await client.start(Asking, {}, { id: 'suspended' })
    ).result;
    await client.start(Quick, {}, { id: 'delayed', delay: 3_600_000 });
    const long = await client.start(Long, {}, { id: 'long' });
    await expect.poll(() => client.get('long'), { timeout: 10_000 }).toMatchObject({ status: 'running' });
    await expect
      .poll(() => pool.query("SELECT FROM dbos.workflow_status WHERE status = 'PENDING'"))
      .toMatchObject({ rowCount: 1 });

    expect(await client.prune({ olderThan: 3_600_000 })).toBe(0);
    expect(await client.prune({ olderThan: 0 })).toBe(4);

    expect((await client.list()).runs.map(({ runId }) => runId)).toEqual(['long', 'delayed', 'suspended']);
    for (const runs of Object.values(await known()))
      expect(runs.filter((id) => !['long', 'delayed', 'suspended'].includes(id))).toEqual([]);
    const { rows } = await pool.query<{ workflow_uuid: string }>(
      'SELECT workflow_uuid FROM dbos.workflow_status ORDER BY 1',
    );
    expect(rows.map(({ workflow_uuid }) => workflow_uuid)).toEqual(['delayed', 'long', 'suspended', 'suspended!']);
    expect(await client.get('success')).toBeUndefined();
    await expect(client.attach('success')).rejects.toMatchObject({ code: 'NO_SUCH_RUN' });

    // What stays goes on.
    expect(await (await client.resume('suspended', { ask: 'yes' })).result).toMatchObject({
      outputs: { after: 'yes' },
    });
    Long.letGo();
    expect(await long.result).toMatchObject({ status: 'success', outputs: { wait: 'it was long' } });
    // And an id is free again.
    expect(await (await client.start(Quick, {}, { id: 'success' })).result).toMatchObject({ text: 'first' });
  });

  it('deletes many, some at a time, each once, whoever else does so', async () => {
    const ids = Array.from({ length: RUNS }, (_, place) => `run ${place}`);
    const runs = await Promise.all(ids.map((id) => client.start(Quick, {}, { id })));
    await Promise.all(runs.map(({ result }) => result));
    await settled();
    const other = await connect({ databaseUrl });
    const pruned = await Promise.all([
      ...Array.from({ length: 12 }, () => client.prune({ olderThan: 0 })),
      other.prune({ olderThan: 0 }),
    ]);
    await other.close();
    expect(pruned.reduce((sum, some) => sum + some)).toBe(RUNS);
    expect(await known()).toEqual(Object.fromEntries(TABLES.map((table) => [table, []])));
  });

  it('deletes a run that was given up once its end is kept, and says so to whoever asks', async () => {
    await client.start(Quick, {}, { id: 'deadly', delay: 3_600_000 });
    await pool.query("UPDATE dbos.workflow_status SET status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'");
    expect(await client.prune({ olderThan: 3_600_000 })).toBe(0);
    expect(await client.get('deadly')).toMatchObject({ status: 'failed' });
    expect(await client.stranded()).toMatchObject([{ runId: 'deadly', why: 'given-up' }]);
    expect(await client.prune({ olderThan: 0 })).toBe(1);
    expect(await client.stranded()).toEqual([]);
  });

  it('deletes nothing of a run whose worker has something to do yet', async () => {
    await (
      await client.start(Quick, {}, { id: 'almost' })
    ).result;
    await settled();
    await worker.close();
    await pool.query("UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = 'somebody'");
    expect(await client.prune({ olderThan: 0 })).toBe(0);
    expect(await client.get('almost')).toMatchObject({ status: 'success' });
  });
});

describe('pruning a database that never had a worker', () => {
  it('finds nothing, and refuses what is no time', async () => {
    const lone = await connect({ databaseUrl: await postgres.createDatabase() });
    expect(await lone.prune({ olderThan: 0 })).toBe(0);
    for (const olderThan of [undefined, -1, Number.NaN, '1d'])
      await expect(lone.prune({ olderThan: olderThan as number })).rejects.toMatchObject({ code: 'INVALID_QUERY' });
    await lone.close();
  });
});
