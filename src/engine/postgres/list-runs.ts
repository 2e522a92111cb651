import type pg from 'pg';
import { RUN_STATUSES, type RunRow } from './run-row.js';

/** What a list shows of a run: little, as there may be a large state beside it. */
export type ListedRow = Pick<
  RunRow,
  'run_id' | 'pipeline' | 'fingerprint' | 'status' | 'created_at' | 'ended_at' | 'asks'
>;

/** Behind which run a page begins. */
export interface RunPlace {
  /** To the microsecond, which a `Date` does not have. */
  readonly createdAt: string;
  readonly runId: string;
}

/** Which runs are listed; the newest first. */
export interface RunFilter {
  readonly statuses?: readonly RunRow['status'][];
  readonly pipeline?: string | undefined;
  readonly from?: Date | undefined;
  readonly before?: Date | undefined;
  readonly behind?: RunPlace | undefined;
  readonly limit: number;
}

/** The columns of a `ListedRow`. */
export const LISTED = 'run_id, pipeline, fingerprint, status, created_at, ended_at, asks';

/** A page of runs, and where the next one begins, if there is one. */
export async function listRuns(
  pool: pg.Pool,
  filter: RunFilter,
): Promise<{ readonly rows: readonly ListedRow[]; readonly next?: RunPlace }> {
  const { pipeline, from, before, behind, limit } = filter;
  // Of each status the first ones: so each part is the beginning of an index, however many runs there are.
  const statuses = filter.statuses ?? RUN_STATUSES;
  const where = [
    'item_of IS NULL',
    ...(pipeline === undefined ? [] : ['pipeline = $1']),
    ...(from === undefined ? [] : ['created_at >= $2']),
    ...(before === undefined ? [] : ['created_at < $3']),
    ...(behind === undefined ? [] : ['(created_at, run_id) < ($4::timestamptz, $5)']),
  ];
  const parts = statuses.map((status) => {
    const all = [...where, `status = '${status}'`].join(' AND ');
    return `(SELECT ${LISTED} FROM stepstream.runs WHERE ${all} ${ORDER} LIMIT $6)`;
  });
  const { rows } = await pool.query<ListedRow & { readonly place: string }>(
    // The types of all parameters, as not every query has every one.
    `WITH given AS (SELECT $1::text, $2::timestamptz, $3::timestamptz, $4::text, $5::text, $6::int)
    SELECT *, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS place
    FROM (${parts.join(' UNION ALL ')}) listed ${ORDER} LIMIT $6`,
    // One more than is shown says whether there are more.
    [pipeline, from, before, behind?.createdAt, behind?.runId, limit + 1],
  );
  if (rows.length <= limit) return { rows };
  const page = rows.slice(0, limit);
  const { place, run_id } = page[limit - 1];
  return { rows: page, next: { createdAt: place, runId: run_id } };
}

const ORDER = 'ORDER BY created_at DESC, run_id DESC';
