import type { StepKind } from '../plan/plan.js';
import { escapeLabel } from './escape-label.js';
import type { Drawn } from './name-steps.js';
import { toWords } from './to-words.js';

/** The class and the shape of each kind of step. */
const KINDS: readonly (readonly [kind: StepKind, name: string, shape: (label: string) => string])[] = [
  ['each', 'map', (label) => `[["${label}"]]`],
  ['step', 'step', (label) => `["${label}"]`],
  ['streaming', 'streaming', (label) => `(["${label} ⚡"])`],
  ['sub', 'sub', (label) => `[/"${label}" /]`],
  ['switch', 'switch', (label) => `{"${label}"}`],
];

/** One line: the id, the shape and the label. */
export function drawStep({ id, step: { name, kind, join, each } }: Drawn): string {
  const marks = [...(join === 'any' ? [' (Any)'] : []), ...(kind === 'sub' && each ? [' (Each)'] : [])];
  const [, , shape] = KINDS.find(([other]) => other === kind)!;
  return id + shape(escapeLabel(toWords(name)) + marks.join(''));
}

/** One line per kind of step that occurs. */
export function drawClasses(drawn: readonly Drawn[], scope: string): string[] {
  const lines = KINDS.flatMap(([kind, name]) => {
    const ids = drawn.filter(({ step }) => step.kind === kind).map(({ id }) => id);
    return ids.length > 0 ? [`class ${ids.sort().join(',')} ${name};`] : [];
  });
  return [...lines, `class ${scope}Start,${scope}End startEnd;`];
}
