import type { PlanStep } from '../plan/plan.js';
import { escapeLabel } from './escape-label.js';
import { sortById, type Drawn } from './name-steps.js';

/** The edges of a step to other steps, one line each; what can only be reached by `goto()` is dotted. */
export const drawEdges = ({ id, step }: Drawn, drawn: readonly Drawn[]): string[] =>
  sortById(step.to.map((target) => drawn[target])).map((target) => {
    const keys = keysTo(step, target.step.id);
    if (keys.length > 0) return `${id} ${labelled(keys)} ${target.id}`;
    return step.next.includes(target.step.id) ? `${id} --> ${target.id}` : `${id} -. goto .-> ${target.id}`;
  });

/** The edge of a step to the end, if it has one: nothing follows its plain return, or the case that it chose. */
export function drawEnds({ id, step }: Drawn, end: string): string[] {
  if (step.kind !== 'switch') return step.next.length === 0 ? [`${id} --> ${end}`] : [];
  const keys = keysTo(step, null);
  return keys.length > 0 ? [`${id} ${labelled(keys)} ${end}`] : [];
}

/** The keys of a switch that lead somewhere. */
function keysTo({ cases = {}, otherwise }: PlanStep, target: number | null): string[] {
  const keys = Object.keys(cases).filter((key) => cases[key] === target);
  return [...keys.map(toLabel), ...(otherwise === target ? ['default'] : [])];
}

/** A key that nobody would see, or would take for the option `default`, stands in quotes. */
const toLabel = (key: string): string => (key.trim() === '' || key === 'default' ? `"${key}"` : key);

const labelled = (keys: readonly string[]): string => `-- "${escapeLabel(keys.join(', '))}" -->`;
