import type { Chaos } from './chaos.js';

/** For each run of each worker that was taken away: how many milliseconds later another worker has begun or recorded something of it. */
export async function recoveryTimes({ pool, losses }: Chaos): Promise<readonly number[]> {
  const lost = losses.flatMap(({ pid, at, runIds }) => runIds.map((runId) => ({ pid, at, runId })));
  const { rows } = await pool.query<{ ms: string }>(
    `SELECT extract(epoch FROM least(
        (SELECT min(began_at) FROM public.visits v
          WHERE v.run_id = l.run_id AND v.pid <> l.pid AND v.began_at > to_timestamp(l.at / 1000)),
        (SELECT to_timestamp(min(completed_at_epoch_ms) / 1000.0) FROM dbos.operation_outputs o
          WHERE o.workflow_uuid = l.run_id AND o.started_at_epoch_ms > l.at)
      )) * 1000 - l.at AS ms
    FROM unnest($1::text[], $2::int[], $3::double precision[]) AS l(run_id, pid, at)`,
    [lost.map(({ runId }) => runId), lost.map(({ pid }) => pid), lost.map(({ at }) => at)],
  );
  // Of a run that was all but over nothing more is recorded.
  return rows.flatMap(({ ms }) => (ms === null ? [] : [Number(ms)])).sort((a, b) => a - b);
}

/** The value below which so large a part of the sorted values lies. */
export function percentile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
