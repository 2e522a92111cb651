import type { ModelAct, ModelGraph, ModelStep } from './model-graph.js';
import { ModelRun } from './model-run.js';
import { tell, type Told } from './model-told.js';

/** How one activation has settled. */
export interface Reported {
  readonly key: string;
  readonly status: 'done' | 'recovered' | 'skipped' | 'failed' | 'cancelled' | 'abandoned';
  readonly stop?: true;
}
/** One resolution of the walk's `next`. */
export type Report = readonly Reported[];

/** What the rules say of a run without loops whose activations settled in these reports. */
export function replay(graph: ModelGraph, reports: readonly Report[]): Told {
  const all = reports.flat();
  const steps = graph.steps.map((step) =>
    withResult(step, all.find(({ key }) => key === step.name) ?? { key: '', status: 'done' }),
  );
  const run = new ModelRun({ ...graph, steps });
  run.start();
  for (const report of reports) {
    for (const { key, status } of report) {
      // Of a body that was told to end before it could it is not said how it would have settled.
      if ((status === 'cancelled' || status === 'abandoned') && !run.isAgainst(key))
        throw new Error(`Nobody has decided against "${key}".`);
    }
    const abandoned = report.filter(({ status }) => status === 'abandoned');
    run.take(
      report.map(({ key }) => key),
      abandoned.map(({ key }) => key),
    );
  }
  return tell(run);
}

function withResult(step: ModelStep, { status, stop }: Reported): ModelStep {
  const [{ writes }] = step.acts;
  const does = (
    { skipped: 'skip', done: 'done', cancelled: 'done', abandoned: 'done', failed: 'fail', recovered: 'fail' } as const
  )[status];
  const act: ModelAct = { does: stop ? 'stop' : does, writes };
  return {
    ...step,
    acts: [act],
    ...(status === 'recovered' && !step.handler && { handler: { does: 'recover', writes: [] } }),
  };
}
