import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildProgram } from './build-program.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

const NOT_OURS = 'the server of DATABASE_URL is not ours to restart';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

/** The first value of the first row. */
async function ask(url: string, statement: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: statement, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

describe('the PostgreSQL of the tests', () => {
  it('is a PostgreSQL of at least 13 that speaks UTF-8', async () => {
    expect(Number(await ask(postgres.url, 'SHOW server_version_num'))).toBeGreaterThanOrEqual(130000);
    expect(await ask(postgres.url, 'SHOW server_encoding')).toBe('UTF8');
  });

  it('gives fresh databases that see nothing of each other', async () => {
    const [one, other] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await ask(one, 'CREATE TABLE only_here (id int)');
    expect(await ask(one, `SELECT to_regclass('only_here') IS NOT NULL`)).toBe(true);
    expect(await ask(other, `SELECT to_regclass('only_here') IS NOT NULL`)).toBe(false);
  });

  it('keeps all data through a fast restart', async ({ skip }) => {
    skip(!postgres.canRestart, NOT_OURS);
    const url = await postgres.createDatabase();
    await ask(url, 'CREATE UNLOGGED TABLE kept AS SELECT 7 AS id');
    await postgres.restart('fast');
    expect(await ask(url, 'SELECT id FROM kept')).toBe(7);
  });

  it('loses unlogged tables, and these only, in an immediate restart', async ({ skip }) => {
    skip(!postgres.canRestart, NOT_OURS);
    const url = await postgres.createDatabase();
    await ask(url, 'CREATE UNLOGGED TABLE lost AS SELECT 7 AS id');
    await ask(url, 'CREATE TABLE kept AS SELECT 8 AS id');
    await postgres.restart('immediate');
    expect(await ask(url, 'SELECT id FROM lost')).toBeUndefined();
    expect(await ask(url, 'SELECT id FROM kept')).toBe(8);
  });

  it('takes 200 connections', async ({ skip }) => {
    skip(!postgres.canRestart, NOT_OURS);
    expect(Number(await ask(postgres.url, 'SHOW max_connections'))).toBe(200);
  });

  it('ends, and leaves no data behind, when the process that started it is killed', async ({ skip }) => {
    skip(!postgres.canRestart, NOT_OURS);
    const program = await buildProgram(new URL('postgres-holder.mts', import.meta.url));
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const { url, data } = JSON.parse(String(said)) as { url: string; data: string };
    expect(existsSync(data)).toBe(true);
    expect(await ask(url, 'SELECT 1')).toBe(1);
    child.kill('SIGKILL');
    await once(child, 'close');
    await vi.waitFor(() => expect(existsSync(data)).toBe(false), { timeout: 20_000, interval: 50 });
    await expect(ask(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });
});
