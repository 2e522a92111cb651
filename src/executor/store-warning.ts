import { toPlainError } from '../run/plain-error.js';
import type { Warning } from '../run/result.js';

/** A store that has not done what a run wanted of it: `what` says what that was, and the run goes on. */
export function storeWarning(what: string, cause: unknown): Warning {
  const error = toPlainError(cause);
  return { code: 'RECORD_NOT_SAVED', message: `${what}: ${error.message}`, error };
}
