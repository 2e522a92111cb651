import { Client, type Pool } from 'pg';
import { MisuseError } from '../../errors/misuse-error.js';
import { createSchema } from '../postgres/schema.js';

/** As DBOS has it for a pool of its own. */
export const CONNECT_WITHIN = 10_000;

/** Throws a `MisuseError` for what is no URL of a database; its password is in no message. */
export function checkDatabaseUrl(caller: string, databaseUrl: unknown): void {
  if (typeof databaseUrl === 'string' && /^postgres(ql)?:\/\/./.test(databaseUrl) && isDecodable(databaseUrl)) return;
  throw new MisuseError({
    code: 'INVALID_ENGINE_OPTION',
    message: `${caller}: the option databaseUrl must be the URL of a PostgreSQL database.`,
    remedy: 'Write postgres://user:password@host:5432/database; what is special in a password must be encoded.',
  });
}

function isDecodable(databaseUrl: string): boolean {
  try {
    const { username, password, pathname } = new URL(databaseUrl);
    [username, password, pathname].forEach(decodeURIComponent);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the database is there, with our tables; otherwise rejects soon with what is wrong, and where. */
export async function openDatabase(caller: string, databaseUrl: string, pool: Pool): Promise<void> {
  await reach(caller, databaseUrl);
  try {
    await createSchema(pool);
  } catch (error) {
    throw explain(caller, databaseUrl, error);
  }
}

/** The error, or in its place which right the user of the database lacks, if it is that. */
export function explain(caller: string, databaseUrl: string, error: unknown): unknown {
  // DBOS wraps what it was told.
  const { error: inner = error } = error as { readonly error?: unknown };
  if ((inner as { readonly code?: unknown }).code !== NO_RIGHT) return error;
  return new MisuseError({
    code: 'DATABASE_RIGHT_MISSING',
    message: `${caller}: the user ${userOf(databaseUrl)} lacks a right in ${placeOf(databaseUrl)}: ${messageOf(inner)}.`,
    remedy:
      'GRANT CREATE ON DATABASE … TO the user; or let one who has it start the first worker, and grant the use of the schemas stepstream and dbos.',
    cause: inner,
  });
}

/** What PostgreSQL says of a user who may not do something. */
const NO_RIGHT = '42501';

/** A connection of its own, which waits for no other and not for ever: a host that is not there does not answer. */
async function reach(caller: string, databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_WITHIN });
  client.on('error', () => undefined); // what connect() rejects with says it
  try {
    await client.connect();
  } catch (cause) {
    throw new MisuseError({
      code: 'DATABASE_UNREACHABLE',
      message: `${caller}: ${placeOf(databaseUrl)} can't be reached: ${messageOf(cause)}.`,
      remedy: 'Look at host, port, database, user and password of the databaseUrl, and whether PostgreSQL is up.',
      cause,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `the database "${decodeURIComponent(pathname.slice(1))}" on ${host || 'this host'}`;
}

const userOf = (databaseUrl: string): string => decodeURIComponent(new URL(databaseUrl).username) || 'of this process';

/** Of a host with several addresses the error says nothing itself. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
