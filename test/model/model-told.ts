import type { VisitStatus } from '../../src/run/ledger.js';
import type { ModelError, ModelFlow, ModelVisit } from './model-flow.js';
import type { ModelState } from './model-graph.js';
import type { ModelCall, ModelRun } from './model-run.js';

/** A line of the ledger, as the model expects it. */
export interface ModelLedger {
  readonly status: VisitStatus | 'not taken';
  readonly visits: readonly VisitStatus[];
  /** Of an each: how many of its items, over all visits, have ended how. */
  readonly items?: Readonly<Record<string, number>>;
  readonly why?: 'dead' | 'stopped' | 'ended';
  readonly by?: string;
}

/** The whole run, as the rules say that it goes. */
export interface Told {
  /** Keys started at the beginning of each segment, and after each report. */
  readonly starts: readonly (readonly string[])[];
  /** Activations in flight that each report, or the caller, decided against, in plan order. */
  readonly cancelled: readonly (readonly string[])[];
  readonly status: ModelRun['status'];
  /** The step whose failure failed the run. */
  readonly failure?: string;
  readonly ledger: Readonly<Record<string, ModelLedger>>;
  /** In the order in which they were processed. */
  readonly errors: readonly ModelError[];
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly calls: readonly ModelCall[];
  readonly state: ModelState;
  /** Keys that wait for an answer, in plan order. */
  readonly asks: readonly string[];
}

export function tell(run: ModelRun): Told {
  const { root, starts, cancelled, calls, status } = run;
  return {
    starts,
    cancelled,
    status,
    ...(root.failure && { failure: root.failure.error.step }),
    ledger: ledgerOf(run),
    errors: root.errors,
    outputs: Object.fromEntries(root.outputs),
    calls,
    state: root.versions.copy(root.versions.last),
    asks: run.suspended(),
  };
}

export const ledgerOf = (run: ModelRun): Record<string, ModelLedger> =>
  Object.fromEntries(run.root.paths.order.map((name) => [name, lineOf(run, name)]));

function lineOf(run: ModelRun, name: string): ModelLedger {
  const { root: flow, status } = run;
  const visits = flow.visits.filter(({ step }) => step.name === name).map((visit) => statusOf(visit, run));
  if (visits.length > 0) return { status: visits.at(-1)!, visits, ...itemsOf(flow, name) };
  if (flow.dead.has(name)) return { status: 'not taken', visits, why: 'dead', by: causeOfDeath(flow, name) };
  if (status === 'suspended' || status === 'running') return { status: 'not taken', visits };
  if (status === 'success' && !flow.stopped) throw new Error(`Nobody decided about "${name}".`);
  return { status: 'not taken', visits, why: flow.stopped ? 'stopped' : 'ended' };
}

function statusOf({ step, status }: ModelVisit, run: ModelRun): VisitStatus {
  if (status !== undefined) return status;
  if (run.status === 'suspended' || run.refused) return 'suspended';
  // Only if the real run has ended too early, which the comparison will tell.
  if (run.status === 'running') return 'running' as never;
  throw new Error(`"${step.name}" was started and never reported.`);
}

function itemsOf(flow: ModelFlow, name: string): Pick<ModelLedger, 'items'> {
  const units = flow.visits.flatMap(({ step, units }) => (step.name === name ? units : []));
  const ended = units.flatMap(({ index, result }) => (index !== undefined && result ? [result.status] : []));
  const items: Record<string, number> = {};
  for (const status of ended) items[status] = (items[status] ?? 0) + 1;
  return ended.length > 0 ? { items } : {};
}

/** The nearest step that chose otherwise. */
function causeOfDeath(flow: ModelFlow, name: string): string {
  const shut = flow.shut.get(name);
  if (shut) return shut.by;
  const parent = flow.paths.parents(name)[0];
  return flow.wasVisited(parent) ? parent : causeOfDeath(flow, parent);
}
