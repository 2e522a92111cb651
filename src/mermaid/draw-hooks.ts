import type { PlanHook } from '../plan/plan.js';
import { escapeLabel } from './escape-label.js';
import { toWords } from './to-words.js';

/** The box of the hooks of one phase, chained in the order in which they run; nothing where there are none. */
export function drawHooks(phase: 'startup' | 'shutdown', hooks: readonly PlanHook[]): string[] {
  if (hooks.length === 0) return [];
  return [
    `subgraph ${phase}[${toWords(phase)} Hooks]`,
    '    direction TB',
    ...hooks.map((hook, index) => `    ${phase}_${index}>${labelOf(hook)}]`),
    ...hooks.slice(1).map((_, index) => `    ${phase}_${index} --> ${phase}_${index + 1}`),
    'end',
  ];
}

/** Plain words stand between blanks; everything else is quoted, and a quote bears no blank before it. */
function labelOf({ name, per }: PlanHook): string {
  const label = toWords(name) + (per === 'run' ? ' (per run)' : '');
  return /^[A-Z][A-Za-z0-9]*( [A-Z0-9][A-Za-z0-9]*)*$/.test(label) ? ` ${label} ` : `"${escapeLabel(label)}"`;
}
