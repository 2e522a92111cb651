/**
 * What goes by: classes 08 (connections), 53 (resources), 57 (an operator, a restart, a time limit), 58 (the system
 * around it), 40 (a deadlock, a conflict), 25006 (a standby that is about to become the primary).
 */
const PASSING = /^(08|53|57|58|40)...$|^25006$/;
/** What the driver says without a code. */
const CUT =
  /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout e|Client was)/i;

/** Whether an error of a database says that it can't be reached or does not keep up: what may work a little later. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message } = error as Error & { readonly code?: unknown };
  // Of a host with several addresses.
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(isConnectionError);
  if (typeof code !== 'string') return CUT.test(message);
  // EPIPE looks like a code of PostgreSQL, none of which begins with E.
  return /^E[A-Z]+$/.test(code) || PASSING.test(code);
}
