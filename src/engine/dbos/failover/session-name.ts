import { createHash } from 'node:crypto';

/** What the database sessions of an executor are called, by which all of them can be ended. */
export function sessionName(executorId: string): string {
  // PostgreSQL cuts a name after 63 bytes, and an executor's id may be longer.
  return `stepstream ${createHash('sha256').update(executorId).digest('hex').slice(0, 32)}`;
}
