import type { Plan, PlanStep } from '../plan/plan.js';

/**
 * The graph of a plan in lines, in plan order: `start --> respond`, `route -- news --> search` for a case, `think -- goto
 * --> act`, `route -- other --> (end)`; a step that leads nowhere and that nothing leads to stands alone.
 */
export function graphLines(plan: Plan, prefix = ''): string[] {
  const led = new Set(plan.steps.flatMap(({ to }) => to));
  return plan.steps.flatMap((step) => {
    const edges = edgesOf(plan, step).map(([label, to]) => `${prefix}${step.name} ${arrow(label)} ${at(prefix, to)}`);
    const alone = edges.length === 0 && !led.has(step.id) ? [prefix + step.name] : [];
    const inside = step.child?.plan ? graphLines(step.child.plan, `${prefix}${step.name}/`) : [];
    return [...edges, ...alone, ...inside];
  });
}

const END = '(end)';
const at = (prefix: string, target: string): string => (target === END ? END : prefix + target);
const arrow = (label: string): string => (label === '' ? '-->' : `-- ${label} -->`);

/** By which word a step leads where; what a plain return does needs none. */
function edgesOf({ steps }: Plan, step: PlanStep): [label: string, to: string][] {
  const nameOf = (id: number | null): string => (id === null ? END : steps[id].name);
  const labels = new Map<string, string[]>();
  const add = (label: string, id: number | null): void => {
    const name = nameOf(id);
    labels.set(name, [...(labels.get(name) ?? []), label]);
  };
  for (const id of step.next) add('', id);
  for (const [key, id] of Object.entries(step.cases ?? {})) add(key, id);
  if (step.otherwise !== undefined) add('default', step.otherwise);
  for (const id of step.gotos) add('goto', id);
  // One edge, however many words lead along it.
  return [...labels].map(([name, words]) => [words.includes('') ? '' : words.join(' | '), name]);
}
