import type { PlanStep } from '../plan/plan.js';
import { escapeLabel } from './escape-label.js';
import { toWords } from './to-words.js';

/** A step with its id in the drawing. */
export interface Drawn {
  readonly id: string;
  readonly step: PlanStep;
}

/** One line: the id, the shape and the label. */
export function drawStep({ id, step }: Drawn): string {
  const label = escapeLabel(toWords(step.name)) + (step.join === 'any' ? ' (Any)' : '');
  return step.kind === 'streaming' ? `${id}(["${label} ⚡"])` : `${id}["${label}"]`;
}

/** The steps that only one fan-out leads to, in a box per fan-out. */
export function drawParallel(source: Drawn, targets: readonly Drawn[]): string[] {
  return [
    '',
    `subgraph parallel_${source.id}[Parallel]`,
    '    direction LR',
    ...targets.map((target) => `    ${drawStep(target)}`),
    'end',
  ];
}

/** One line per kind of step that occurs. */
export function drawClasses(steps: readonly Drawn[]): string[] {
  const lines = (['step', 'streaming'] as const).flatMap((kind) => {
    const ids = steps.filter(({ step }) => step.kind === kind).map(({ id }) => id);
    return ids.length > 0 ? [`class ${ids.sort().join(',')} ${kind};`] : [];
  });
  return [...lines, 'class Start,End startEnd;'];
}
