import type { RunRecord, RunStore, StepTiming } from '../../ports/run-store.js';
import type { Io } from '../io.js';
import type { RunsOptions } from '../runs-options.js';
import { toDuration } from '../to-duration.js';
import { getRun } from './get-run.js';
import { table } from './table.js';

/** So many characters are the whole run. */
const WIDTH = 40;

/** `runs timeline ID`: when each visit of a step ran, as bars. */
export async function showTimeline(
  store: RunStore,
  [id]: readonly string[],
  options: RunsOptions,
  io: Io,
): Promise<void> {
  const record = await getRun(store, id);
  if (options.json) return void io.stdout.write(`${JSON.stringify(record.steps, undefined, 2)}\n`);
  if (record.steps.length === 0) return void io.stdout.write('No step has run.\n');
  io.stdout.write(table([['STEP', 'FROM', 'TOOK', 'STATUS', ''], ...rowsOf(record, io.now())]));
}

function rowsOf({ steps, startedAt, endedAt }: RunRecord, now: number): readonly (readonly string[])[] {
  const end = Math.max(endedAt ?? 0, ...steps.map((step) => step.endedAt ?? step.startedAt));
  const last = endedAt ?? (steps.some((step) => step.endedAt === undefined) ? now : end);
  const scale = WIDTH / Math.max(1, last - startedAt);
  return steps.map((step) => {
    const stepEnd = step.endedAt ?? last;
    const attempts = step.attempt > 1 ? `, attempt ${step.attempt}` : '';
    return [
      step.key,
      toDuration(step.startedAt - startedAt),
      toDuration(stepEnd - step.startedAt),
      `${step.status}${attempts}`,
      barOf(step, startedAt, stepEnd, scale),
    ];
  });
}

function barOf({ startedAt }: StepTiming, origin: number, end: number, scale: number): string {
  const from = Math.min(WIDTH - 1, Math.floor((startedAt - origin) * scale));
  const length = Math.max(1, Math.min(WIDTH - from, Math.round((end - startedAt) * scale)));
  return `${' '.repeat(from)}${'█'.repeat(length)}`;
}
