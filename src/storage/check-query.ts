import type { Retention, RunQuery } from '../ports/run-store.js';
import { STATUSES } from './check-record.js';
import type { CheckedQuery, CheckedRetention, Position } from './run-tables.js';
import { invalidStoreCall } from './store-error.js';

const MAX_LIMIT = 1_000;

/** Checks the id of a run. */
export function checkId(runId: unknown): string {
  if (typeof runId !== 'string' || runId === '') {
    throw invalidStoreCall(
      `A run's id is a text, not ${describe(runId)}.`,
      'Give the runId of a run or of its record.',
    );
  }
  return runId;
}

/** Checks the number of a segment. */
export function checkSegment(segment: unknown): number {
  if (!Number.isSafeInteger(segment) || (segment as number) < 1) {
    throw invalidStoreCall(
      `A segment is a whole number from 1 on, not ${describe(segment)}.`,
      'Give the segment of the checkpoint plus one.',
    );
  }
  return segment as number;
}

/** Checks what `list` is asked for. */
export function checkQuery(query: RunQuery): CheckedQuery {
  checkNames('list', query, ['pipeline', 'status', 'before', 'after', 'limit', 'cursor']);
  const { status, limit = 50, cursor } = query;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw invalidStoreCall(
      `A limit is a whole number from 1 to ${MAX_LIMIT}, not ${describe(limit)}.`,
      'Get more with the cursor of the page.',
    );
  }
  return {
    pipeline: checkText('pipeline', query.pipeline),
    statuses: status === undefined ? undefined : checkStatuses(status),
    before: checkNumber('before', query.before),
    after: checkNumber('after', query.after),
    limit,
    from: cursor === undefined ? undefined : fromCursor(cursor),
  };
}

/** Checks what `prune` may delete. */
export function checkRetention(retention: Retention, now: () => number): CheckedRetention {
  checkNames('prune', retention, ['olderThan', 'keep', 'pipeline', 'includeSuspended', 'includeRunning']);
  const { keep, includeSuspended, includeRunning } = retention;
  const olderThan = checkNumber('olderThan', retention.olderThan);
  if (olderThan === undefined && keep === undefined) {
    throw invalidStoreCall('prune() was not told what to delete.', 'Say olderThan or keep; keep: 0 deletes all.');
  }
  if (keep !== undefined && (!Number.isSafeInteger(keep) || keep < 0)) {
    throw invalidStoreCall(`keep is a whole number from 0 on, not ${describe(keep)}.`, 'Say how many runs to keep.');
  }
  return {
    pipeline: checkText('pipeline', retention.pipeline),
    spared: [
      ...(checkFlag('includeSuspended', includeSuspended) ? [] : ['suspended']),
      ...(checkFlag('includeRunning', includeRunning) ? [] : ['running']),
    ],
    endedBefore: olderThan === undefined ? undefined : now() - olderThan,
    keep: keep ?? 0,
  };
}

/** What gets the page behind a row. */
export const toCursor = ({ startedAt, seq }: Position): string => `${startedAt}_${seq}`;

function fromCursor(cursor: unknown): Position {
  const parts = typeof cursor === 'string' && cursor.length < 100 ? cursor.split('_') : [];
  const [startedAt, seq] = parts.map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (parts.length !== 2 || !Number.isFinite(startedAt) || !Number.isSafeInteger(seq)) {
    throw invalidStoreCall(`${describe(cursor)} is no cursor.`, 'Give the cursor of the page before, as it is.');
  }
  return { startedAt, seq };
}

function checkStatuses(status: unknown): readonly string[] {
  const statuses: unknown[] = Array.isArray(status) ? status : [status];
  const unknown = statuses.find((one) => !(STATUSES as readonly unknown[]).includes(one));
  if (unknown === undefined && !statuses.includes(undefined)) return [...new Set(statuses as string[])];
  throw invalidStoreCall(`${describe(unknown)} is no status of a run.`, `It is one of ${STATUSES.join(', ')}.`);
}

/** A misspelt name would ask for more than was meant, and delete it. */
function checkNames(call: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw invalidStoreCall(`${call}() has no option "${unknown}".`, `Its options are ${names.join(', ')}.`);
}

function checkText(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw invalidStoreCall(`${name} is a text, not ${describe(value)}.`, 'Leave it out to mean all.');
}

function checkNumber(name: string, value: unknown): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw invalidStoreCall(`${name} is a number, not ${describe(value)}.`, 'Say it in milliseconds.');
}

function checkFlag(name: string, value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw invalidStoreCall(`${name} is true or false, not ${describe(value)}.`, 'Say true or false.');
}

/** A value as a message can show it. */
function describe(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : JSON.stringify(value.slice(0, 80));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
