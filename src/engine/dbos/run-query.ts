import { MisuseError } from '../../errors/misuse-error.js';
import type { RunFilter, RunPlace } from '../postgres/list-runs.js';
import { RUN_STATUSES, type RunRow } from '../postgres/run-row.js';

/** Which runs `list` returns, the newest first; all that there are if nothing is said. */
export interface RunQuery {
  /** One status, or several. */
  readonly status?: RunRow['status'] | readonly RunRow['status'][];
  /** The name of the pipeline. */
  readonly pipeline?: string;
  /** Started at this time or later: milliseconds since the epoch, or a `Date`. */
  readonly from?: number | Date;
  /** Started before this time. */
  readonly before?: number | Date;
  /** How many at most; 100 by default, 1,000 at most. */
  readonly limit?: number;
  /** Where the page begins: the `next` of the one before. */
  readonly cursor?: string;
}

const MOST = 1_000;

const OPTIONS = ['status', 'pipeline', 'from', 'before', 'limit', 'cursor'];

/** What is asked of the database. Throws a `MisuseError` for what can't be asked. */
export function toFilter(query: RunQuery): RunFilter {
  const unknown = Object.keys(query).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw refuseQuery('list', `there is no option "${unknown}"`);
  const { status, pipeline, from, before, cursor } = query;
  const statuses = status === undefined ? undefined : typeof status === 'string' ? [status] : status;
  const isKnown = (one: unknown): boolean => RUN_STATUSES.includes(one as RunRow['status']);
  // They become part of the statement.
  if (statuses !== undefined && !(Array.isArray(statuses) && statuses.length > 0 && statuses.every(isKnown)))
    throw refuseQuery('list', `the option status must be one or several of ${RUN_STATUSES.join(', ')}`);
  if (pipeline !== undefined && typeof pipeline !== 'string')
    throw refuseQuery('list', 'the option pipeline must be the name of a pipeline');
  return {
    ...(statuses !== undefined && { statuses: [...new Set(statuses)] }),
    ...{ pipeline, from: toTime('from', from), before: toTime('before', before) },
    ...{ behind: toPlace(cursor), limit: toLimit('list', query.limit) },
  };
}

/** How many are wanted. */
export function toLimit(method: string, limit: number = 100): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw refuseQuery(method, `the option limit must be a whole number from 1 to ${MOST}`);
}

/** A place in a list as its readers have it. */
export function toCursor({ createdAt, runId }: RunPlace): string {
  return Buffer.from(JSON.stringify([createdAt, runId])).toString('base64url');
}

const TIME = /^\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

function toPlace(cursor: string | undefined): RunPlace | undefined {
  if (cursor === undefined) return undefined;
  const [createdAt, runId] = parse(cursor);
  if (typeof createdAt === 'string' && TIME.test(createdAt) && typeof runId === 'string') return { createdAt, runId };
  throw refuseQuery('list', 'the option cursor must be the `next` of a page');
}

function parse(cursor: unknown): readonly unknown[] {
  try {
    const parsed = JSON.parse(Buffer.from(String(cursor), 'base64url').toString()) as unknown;
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function toTime(name: string, time: number | Date | undefined): Date | undefined {
  if (time === undefined) return undefined;
  const date = new Date(time);
  if ((typeof time === 'number' || time instanceof Date) && !Number.isNaN(date.getTime())) return date;
  throw refuseQuery('list', `the option ${name} must be milliseconds since the epoch, or a Date`);
}

/** A question that can't be asked. */
export const refuseQuery = (method: string, what: string): MisuseError =>
  new MisuseError({ code: 'INVALID_QUERY', message: `${method}(): ${what}.`, remedy: 'Mend the option.' });
