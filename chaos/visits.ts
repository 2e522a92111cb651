import pg from 'pg';
import { randomUUID } from 'node:crypto';
import type { MiddlewareContext } from '../decorators/middleware.js';
import { isConnectionError } from '../src/engine/postgres/is-connection-error.js';
import { placeKey } from '../src/engine/durable/place-key.js';
import { setTimeout as sleep } from 'node:timers/promises';

/** Every attempt of every step that has begun, by which process, and whether it was recorded already when it began. */
export const VISITS = `
  CREATE TABLE IF NOT EXISTS public.visits (
    id uuid PRIMARY KEY,
    run_id text NOT NULL,
    key text NOT NULL,
    attempt int NOT NULL,
    pid int NOT NULL,
    recorded boolean NOT NULL,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
  )`;

const BEGIN = `
  INSERT INTO public.visits (id, run_id, key, attempt, pid, recorded)
  SELECT $1, $2, $3, $4, $5, EXISTS (
    SELECT FROM dbos.operation_outputs WHERE workflow_uuid = $2 AND function_name = $3)
  ON CONFLICT (id) DO NOTHING`;

const END = 'UPDATE public.visits SET ended_at = clock_timestamp() WHERE id = $1';

let pool: pg.Pool | undefined;

/** From now on every attempt of a step in this process is noted in a table, before and after its body. */
export function noteVisits(databaseUrl: string): void {
  pool = new pg.Pool({ connectionString: databaseUrl, max: 5, application_name: 'chaos visits' });
  // The next statement makes another connection.
  pool.on('error', () => undefined);
}

/** The middleware of all chaos pipelines. */
export async function noteVisit(context: MiddlewareContext, next: () => unknown): Promise<unknown> {
  if (pool === undefined) return next();
  const { run, attempt, signal } = context;
  const id = randomUUID();
  await persist(pool, BEGIN, [id, run.id, placeKey(context), attempt, process.pid], signal);
  const result = await next();
  if (isGenerator(result)) return untilEnd(result, () => persist(pool!, END, [id], signal));
  await persist(pool, END, [id], signal);
  return result;
}

async function* untilEnd(
  stream: AsyncGenerator<unknown, unknown, undefined>,
  end: () => Promise<void>,
): AsyncGenerator<unknown, unknown, undefined> {
  const result = yield* stream;
  await end();
  return result;
}

const isGenerator = (value: unknown): value is AsyncGenerator<unknown, unknown, undefined> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/** PostgreSQL may be away for a while. */
async function persist(pool: pg.Pool, text: string, values: unknown[], signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      await pool.query(text, values);
      return;
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      await sleep(50, undefined, { signal });
    }
  }
}
