import type { Plan, PlanHook } from '../plan/plan.js';
import { drawEdges, drawEnds } from './draw-edges.js';
import { drawHooks } from './draw-hooks.js';
import { drawClasses, drawStep } from './draw-steps.js';
import { escapeLabel } from './escape-label.js';
import { findParallel } from './find-parallel.js';
import { nameSteps, sortById, type Drawn } from './name-steps.js';
import { toWords } from './to-words.js';

/** All lines of a pipeline; `scope` stands before every id of one that another one runs. */
export function drawPlan(plan: Plan, scope = ''): string[] {
  const drawn = nameSteps(plan, scope);
  const sorted = sortById(drawn);
  const parallel = findParallel(plan.steps);
  const boxed = new Set(parallel.flatMap(({ targets }) => targets));
  // The hooks of a pipeline inside another one would say the same wherever it is drawn.
  const hooks = scope === '' ? plan : { startup: [], shutdown: [] };
  const up = drawHooks('startup', inOrder(hooks.startup, 'instance'));
  const down = drawHooks('shutdown', inOrder(hooks.shutdown, 'run'));
  return [
    ...up,
    ...(up.length > 0 ? ['startup --> Start'] : []),
    `${scope}Start(["▶ Start"])`,
    ...parallel.flatMap(({ source, targets }) => drawParallel(drawn[source], sortById(targets.map((id) => drawn[id])))),
    '',
    ...sorted.filter(({ step }) => !boxed.has(step.id)).map(drawStep),
    `${scope}End(["■ End"])`,
    ...sorted.flatMap((one) => drawEnds(one, `${scope}End`)),
    ...down,
    ...(down.length > 0 ? ['End --> shutdown'] : []),
    '',
    ...sortById(plan.entries.map((id) => drawn[id])).map(({ id }) => `${scope}Start --> ${id}`),
    ...sorted.flatMap((one) => drawEdges(one, drawn)),
    ...drawClasses(sorted, scope),
    ...sorted.flatMap(drawChild),
  ];
}

/** The steps that only one fan-out leads to, in a box per fan-out. */
const drawParallel = (source: Drawn, targets: readonly Drawn[]): string[] => [
  '',
  `subgraph parallel_${source.id}[Parallel]`,
  '    direction LR',
  ...targets.map((target) => `    ${drawStep(target)}`),
  'end',
];

/** The pipeline that a step runs, in a box of its own. */
function drawChild({ id, step: { name, child } }: Drawn): string[] {
  if (!child?.plan) return [];
  return [
    '',
    `subgraph cluster_${id} ["${escapeLabel(`${toWords(name)} (${child.pipeline})`)}"]`,
    '    direction TB',
    ...drawPlan(child.plan, `${id}_`).map((line) => (line === '' ? '' : `    ${line}`)),
    'end',
    `${id} -.- ${id}_Start`,
  ];
}

/** Hooks of the instance surround those of the run. */
const inOrder = (hooks: readonly PlanHook[], first: 'instance' | 'run'): PlanHook[] => [
  ...hooks.filter(({ per }) => per === first),
  ...hooks.filter(({ per }) => per !== first),
];
