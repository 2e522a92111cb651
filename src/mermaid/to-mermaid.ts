import { compile, type Compiled } from '../plan/compile.js';
import type { PlanHook, PlanStep } from '../plan/plan.js';
import { classOf } from '../scanner/class-of.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import { drawHooks } from './draw-hooks.js';
import { drawClasses, drawParallel, drawStep, type Drawn } from './draw-steps.js';
import { STYLING } from './styling.js';

/**
 * Draws a pipeline as a Mermaid flowchart (Mermaid 11 or newer), from the very plan that runs.
 *
 * Throws the `BlueprintError` of a class that can't run, and a `MisuseError` for what is no class.
 */
export function toMermaid(classOrInstance: PipelineClass | object): string {
  const compiled = compile(classOf(classOrInstance));
  const lines = draw(compiled).map((line) => (line === '' ? '' : `    ${line}`));
  return ['graph TD', ...lines].join('\n');
}

function draw({ plan, blueprint }: Compiled): string[] {
  const drawn = nameIds(plan.steps);
  const byId = (ids: readonly number[]): Drawn[] => sortByNumber(ids.map((id) => drawn[id]));
  const sorted = byId(plan.steps.map(({ id }) => id));
  const order = new Map(blueprint.steps.map(({ name }, index) => [name, index]));
  const groups = findParallel(plan.steps)
    .sort((a, b) => order.get(a.source.name)! - order.get(b.source.name)!)
    .map(({ source, targets }) => ({ source: drawn[source.id], targets: byId(targets) }));
  const grouped = new Set(groups.flatMap(({ targets }) => targets));
  const up = drawHooks('startup', inOrder(plan.startup, 'instance'));
  const down = drawHooks('shutdown', inOrder(plan.shutdown, 'run'));
  return [
    ...up,
    ...(up.length > 0 ? ['startup --> Start'] : []),
    'Start(["▶ Start"])',
    ...groups.flatMap(({ source, targets }) => drawParallel(source, targets)),
    '',
    ...sorted.filter((one) => !grouped.has(one)).map(drawStep),
    'End(["■ End"])',
    ...sorted.filter(({ step }) => step.to.length === 0).map(({ id }) => `${id} --> End`),
    ...down,
    ...(down.length > 0 ? ['End --> shutdown'] : []),
    '',
    ...byId(plan.entries).map(({ id }) => `Start --> ${id}`),
    ...sorted.flatMap(({ id, step }) => byId(step.to).map((target) => `${id} --> ${target.id}`)),
    ...drawClasses(sorted),
    '',
    ...STYLING,
  ];
}

/** Ids by name, so that moving a method doesn't change the drawing; never a name, which might be a word of Mermaid. */
function nameIds(steps: readonly PlanStep[]): readonly Drawn[] {
  const byName = [...steps].sort((a, b) => compareCodePoints(a.name, b.name));
  const drawn: Drawn[] = [];
  byName.forEach((step, index) => (drawn[step.id] = { id: `n${index}`, step }));
  return drawn;
}

/** `<` compares UTF-16 units, which puts a letter beyond the basic plane before some of it. */
function compareCodePoints(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  const at = a.findIndex((character, index) => character !== b[index]);
  if (at === -1) return a.length - b.length;
  return at < b.length ? a[at].codePointAt(0)! - b[at].codePointAt(0)! : 1;
}

const sortByNumber = (drawn: readonly Drawn[]): Drawn[] =>
  [...drawn].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));

/** Fan-outs with the steps that no other fan-out leads to: a step stands in one box at most, and a box holds several. */
function findParallel(steps: readonly PlanStep[]): { source: PlanStep; targets: readonly number[] }[] {
  const fansOut = (id: number): boolean => steps[id].to.length > 1;
  return steps
    .filter(({ id }) => fansOut(id))
    .map((source) => ({ source, targets: source.to.filter((id) => steps[id].from.filter(fansOut).length === 1) }))
    .filter(({ targets }) => targets.length > 1);
}

/** Hooks of the instance surround those of the run. */
const inOrder = (hooks: readonly PlanHook[], first: 'instance' | 'run'): PlanHook[] => [
  ...hooks.filter(({ per }) => per === first),
  ...hooks.filter(({ per }) => per !== first),
];
