import type { RunStore } from '../ports/run-store.js';
import { nearestName } from '../plan/problems/nearest-name.js';
import type { Io } from './io.js';
import { openStore } from './open-store.js';
import { parseOptions } from './parse-options.js';
import { RUNS_OPTIONS, type RunsOptions } from './runs-options.js';
import { cleanRuns } from './runs/clean-runs.js';
import { compareRuns } from './runs/compare-runs.js';
import { listRuns } from './runs/list-runs.js';
import { showRun } from './runs/show-run.js';
import { showTimeline } from './runs/show-timeline.js';
import { UsageError } from './usage-error.js';

type Action = (store: RunStore, ids: readonly string[], options: RunsOptions, io: Io) => Promise<void>;

interface ActionFacts {
  readonly act: Action;
  /** How many ids it takes. */
  readonly ids: number;
  readonly options: readonly (keyof RunsOptions)[];
}

const ACTIONS: Readonly<Record<string, ActionFacts>> = {
  list: { act: listRuns, ids: 0, options: ['pipeline', 'status', 'limit', 'json'] },
  show: { act: showRun, ids: 1, options: ['json'] },
  timeline: { act: showTimeline, ids: 1, options: ['json'] },
  compare: { act: compareRuns, ids: 2, options: ['json'] },
  clean: { act: cleanRuns, ids: 0, options: ['before', 'keep', 'pipeline', 'include-suspended', 'include-running'] },
};

/** `stepstream runs`: looks at the runs that an SQLite file keeps, and deletes old ones. */
export async function runs(args: readonly string[], io: Io): Promise<number> {
  const { options, words } = parseOptions(args, RUNS_OPTIONS, 3);
  const [name = 'list', ...ids] = words;
  const { act, ids: needed, options: known } = actionOf(name);
  if (ids.length !== needed)
    throw new UsageError(`runs ${name} takes ${['no id', 'the id of a run', 'the ids of two runs'][needed]}.`);
  for (const option of Object.keys(options) as (keyof RunsOptions)[]) {
    if (option === 'store' || known.includes(option)) continue;
    const rest = known.map((one) => `--${one}`).join(', ');
    throw new UsageError(`runs ${name} has no option --${option}. The options are --store, ${rest}.`);
  }
  if (options.store === undefined) throw new UsageError('Say where the runs are kept: --store FILE.sqlite.');
  await using store = openStore(options.store, io, true);
  await act(store, ids, options, io);
  return 0;
}

function actionOf(name: string): ActionFacts {
  const names = Object.keys(ACTIONS);
  if (Object.hasOwn(ACTIONS, name)) return ACTIONS[name];
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? `It is one of ${names.join(', ')}.` : `Did you mean "${nearest}"?`;
  throw new UsageError(`Nothing is called "runs ${name}". ${hint}`);
}
