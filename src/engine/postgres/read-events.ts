import type pg from 'pg';
import type { RunEvent } from '../../run/events.js';

/** How many rows, and about how many bytes, are read at once. */
const ROWS = 1_000;
const BYTES = 1_000_000;

/** Rows lie behind one another, so the search begins at the last one that begins no later than what was read. */
const PAGE = `
SELECT events FROM (
  SELECT events, sum(size) OVER (ORDER BY first_seq) - size AS before FROM (
    SELECT first_seq, events, size FROM stepstream.events
    WHERE run_id = $1 AND last_seq > $2 AND first_seq >= coalesce((
      SELECT first_seq FROM stepstream.events WHERE run_id = $1 AND first_seq <= $2 ORDER BY first_seq DESC LIMIT 1
    ), 0)
    ORDER BY first_seq LIMIT $3
  ) next
) page
WHERE before < $4`;

const AHEAD = `
SELECT g.run_id FROM unnest($1::text[], $2::bigint[]) AS g(run_id, seen)
CROSS JOIN LATERAL (
  SELECT last_seq FROM stepstream.events e WHERE e.run_id = g.run_id ORDER BY first_seq DESC LIMIT 1
) newest
WHERE newest.last_seq > g.seen`;

/** The next events of a run, as many as are read at once; none if nothing above `after` is stored. */
export async function readEvents(pool: pg.Pool, runId: string, after: number): Promise<readonly RunEvent[]> {
  const { rows } = await pool.query<{ events: string }>(PAGE, [runId, after, ROWS, BYTES]);
  return rows.flatMap(({ events }) => JSON.parse(events) as readonly RunEvent[]);
}

/** Which of these runs have events above what was seen of them. */
export async function runsAhead(pool: pg.Pool, seen: ReadonlyMap<string, number>): Promise<readonly string[]> {
  const { rows } = await pool.query<{ run_id: string }>(AHEAD, [[...seen.keys()], [...seen.values()]]);
  return rows.map(({ run_id }) => run_id);
}
