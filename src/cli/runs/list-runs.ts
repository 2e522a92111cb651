import type { RunQuery, RunStore } from '../../ports/run-store.js';
import type { Io } from '../io.js';
import type { RunsOptions } from '../runs-options.js';
import { UsageError } from '../usage-error.js';
import { durationOf, startOf, usageOf } from './facts-of.js';
import { table } from './table.js';

const HEADING = ['RUN', 'PIPELINE', 'STATUS', 'STARTED', 'TOOK', 'TOKENS'];

/** `runs list`: the newest runs, one a line. */
export async function listRuns(store: RunStore, _ids: readonly string[], options: RunsOptions, io: Io): Promise<void> {
  const { pipeline, status, limit = '50', json = false } = options;
  const query = { pipeline, status: status?.split(','), limit: Number(limit) } as RunQuery;
  if (!/^\d+$/.test(limit)) throw new UsageError(`--limit is a whole number, not "${limit}".`);
  const { runs, cursor } = await store.list(query);
  if (json) return void io.stdout.write(`${JSON.stringify(runs, undefined, 2)}\n`);
  if (runs.length === 0) return void io.stdout.write('No runs.\n');
  const rows = runs.map((run) => [run.runId, run.pipeline, run.status, startOf(run), durationOf(run), usageOf(run)]);
  io.stdout.write(table([HEADING, ...rows]));
  if (cursor !== undefined) io.stderr.write(`There are more: raise --limit ${limit}.\n`);
}
