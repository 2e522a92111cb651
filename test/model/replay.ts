import type { ModelGraph, Replayed, Report } from './model-graph.js';
import { ModelRun } from './model-run.js';

/** What the rules say of a run whose activations settled in these reports. */
export function replay(graph: ModelGraph, reports: readonly Report[]): Replayed {
  const run = new ModelRun(graph);
  for (const report of reports) run.take(report);
  return run.told();
}
