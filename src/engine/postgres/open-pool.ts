import pg from 'pg';

/** So long, in milliseconds, may a process stand still in the middle of a transaction before others get what it has locked. */
const IDLE_IN_TRANSACTION = 10_000;
const MOST = 10;

const ignore = (): void => undefined;

/** Connections that may break at any moment: who uses one then is told by the statement that fails. */
export function openPool(databaseUrl: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({
    ...{ connectionString: databaseUrl, max: MOST, idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION },
    ...options,
  });
  // An `error` that nobody listens to ends the process. The pool listens for idle connections only, and who gets one a
  // moment later than it is given to him: in one message of the server the answer for the one before and the end can be.
  pool.on('connect', (client) => client.on('error', ignore));
  pool.on('error', ignore);
  return pool;
}
