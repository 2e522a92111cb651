/** SQLSTATE: the server is going down, starting, or has ended this session; 25P03: which was idle for too long. */
const STATES = /^(08...|57P0[1235]|25P03)$/;

const CODES = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EAI_AGAIN']);

/** What pg says without a code. */
const MESSAGES = /^(Connection terminated|Query read timeout|timeout exceeded|Client (has encountered|was closed))/;

/** Whether an error only says that the database can't be reached just now, which trying again heals. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Of a name with several addresses, all of which refuse.
  if (error instanceof AggregateError) return error.errors.every(isConnectionLoss);
  const { code = '' } = error as { code?: string };
  return STATES.test(code) || CODES.has(code) || MESSAGES.test(error.message);
}
