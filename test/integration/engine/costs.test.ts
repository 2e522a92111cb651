import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Pipeline, Step, type Ctx } from '../../../src/index.js';
import { connect, startWorker, type EngineClient, type Worker } from '../../../src/engine/dbos/index.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

// What docs/guides/scaling.md computes with. If one of these numbers becomes another, that page does too.

class Two extends Pipeline<object> {
  static readonly pipeline = { name: 'two' };
  @Step({ to: 'b' }) a() {}
  @Step() b() {}
}

class Five extends Pipeline<{ wait?: number }> {
  static readonly pipeline = { name: 'five' };
  @Step({ to: 'b' }) async a({ state: { wait = 0 } }: Ctx<this>) {
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  @Step({ to: 'c' }) b() {}
  @Step({ to: 'd' }) c() {}
  @Step({ to: 'e' }) d() {}
  @Step() e() {}
}

/** The statements of this process that name a run. */
function statementsOf(query: { mock: { calls: unknown[][] } }, id: string): string[] {
  return query.mock.calls.flatMap(([first, second]) => {
    const { text, values } =
      typeof first === 'string' ? { text: first, values: second } : (first as { text: string; values?: unknown });
    return Array.isArray(values) && values.flat().includes(id) ? [text] : [];
  });
}

describe('what is asked of the database', () => {
  let postgres: PostgresServer;
  let worker: Worker;
  let client: EngineClient;
  let pool: pg.Pool;

  const countOf = async (condition: string, values: unknown[] = []): Promise<number> => {
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND ${condition}`,
      values,
    );
    return rows[0].count;
  };

  beforeAll(async () => {
    postgres = await startPostgres();
    const databaseUrl = await postgres.createDatabase();
    pool = new pg.Pool({ connectionString: databaseUrl, max: 1, application_name: 'the test' });
    const pipelines = [new Two(), { pipeline: new Five(), concurrency: 100 }];
    worker = await startWorker({ databaseUrl, pipelines });
    client = await connect({ databaseUrl });
  });

  afterAll(async () => {
    await client.close();
    await worker.close();
    await pool.end();
    await postgres.stop();
  });

  it('by a worker that listens is told to one of its sessions', async () => {
    const listening = (): Promise<number> => countOf("query LIKE 'LISTEN %'");
    await vi.waitUntil(async () => (await listening()) === 1, { timeout: 5_000 });
    expect(await listening()).toBe(1);
  });

  it('for a step is three questions and one transaction of four statements, and no more than two for its events', async () => {
    const query = vi.spyOn(pg.Client.prototype, 'query');
    try {
      const ids = { short: 'a run of two steps', long: 'a run of five steps' };
      await (
        await client.start(Two, {}, { id: ids.short })
      ).result;
      await (
        await client.start(Five, {}, { id: ids.long })
      ).result;
      const of = (id: string): string[] => statementsOf(query, id);
      // DBOS ends its workflow when the end of the run is told.
      const ended = (id: string): boolean => of(id).some((text) => text.includes('"dbos".workflow_output'));
      await vi.waitUntil(() => Object.values(ids).every(ended), { timeout: 10_000 });
      const [short, long] = [of(ids.short), of(ids.long)];
      const count = (texts: readonly string[], part: string): number =>
        texts.filter((text) => text.includes(part)).length;
      const more = (part: string): number => count(long, part) - count(short, part);
      expect(more('SELECT status FROM "dbos".workflow_status')).toBe(3 * 2);
      expect(more('FROM "dbos".operation_outputs')).toBe(3);
      // Between BEGIN and COMMIT.
      expect(more('SELECT owner_xid FROM "dbos".workflow_status')).toBe(3);
      expect(more('INSERT INTO "dbos".operation_outputs')).toBe(3);
      const store = 'INSERT INTO stepstream.events';
      expect(count(long, store)).toBeGreaterThan(0);
      // Of the begin and the end of each, and of the run.
      expect(count(long, store)).toBeLessThanOrEqual(2 * (5 + 1));
      // Nothing else comes with a step; a reader looks for the end now and then.
      const others =
        /"dbos"\.(operation_outputs|workflow_status)|stepstream\.events|SELECT stored FROM stepstream\.ends/;
      const rest = (texts: readonly string[]): string[] => texts.filter((text) => !others.test(text)).sort();
      expect(rest(long)).toEqual(rest(short));
    } finally {
      query.mockRestore();
    }
  });

  it('comes on at most 24 connections of a worker', async () => {
    const runs = await Promise.all(Array.from({ length: 60 }, () => client.start(Five, { wait: 500 })));
    const own = `(application_name = ANY($1) OR application_name = 'stepstream presence')`;
    const names = (
      await pool.query<{ application_name: string }>(
        "SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name LIKE 'stepstream %'",
      )
    ).rows.map(({ application_name }) => application_name);
    let most = 0;
    let over = false;
    const all = Promise.all(runs.map(({ result }) => result)).then(() => (over = true));
    while (!over) {
      most = Math.max(most, await countOf(own, [names]));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await all;
    expect(most).toBeGreaterThan(20);
    expect(most).toBeLessThanOrEqual(24);
  });
});
