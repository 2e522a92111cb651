import type { RunStore } from '../../ports/run-store.js';
import type { Io } from '../io.js';
import type { RunsOptions } from '../runs-options.js';
import { UsageError } from '../usage-error.js';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `runs clean`: deletes runs that have ended before a time, or all but the newest. */
export async function cleanRuns(store: RunStore, _ids: readonly string[], options: RunsOptions, io: Io): Promise<void> {
  const { before, keep, pipeline } = options;
  if (before === undefined && keep === undefined)
    throw new UsageError('Say what may go: --before 30d, --before 2026-01-31, or --keep 1000.');
  if (keep !== undefined && !/^\d+$/.test(keep)) throw new UsageError(`--keep is a whole number, not "${keep}".`);
  const count = await store.prune({
    olderThan: before === undefined ? undefined : readAge(before, io.now()),
    keep: keep === undefined ? undefined : Number(keep),
    pipeline,
    includeSuspended: options['include-suspended'],
    includeRunning: options['include-running'],
  });
  io.stdout.write(`${count} ${count === 1 ? 'run' : 'runs'} deleted.\n`);
}

/** An age, or the time from a date till now. */
function readAge(text: string, now: number): number {
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * UNITS[unit];
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time)) return now - time;
  throw new UsageError(`--before is an age (30d, 12h, 5m) or a date (2026-01-31), not "${text}".`);
}
