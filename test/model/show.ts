import type { ModelGraph, ModelStep } from './model-graph.js';

/** A graph in one line a step, for people. */
export function show(graph: ModelGraph, indent = ''): string {
  const lines = graph.steps.map((step) => `${indent}${stepOf(step)}`);
  const children = (graph.children ?? []).flatMap((child, i) => [`${indent}child ${i}:`, show(child, `${indent}  `)]);
  const catchAll = graph.catchAll ? [`${indent}catchAll ${graph.catchAll.does}`] : [];
  return [...lines, ...catchAll, ...children].join('\n');
}

function stepOf(step: ModelStep): string {
  const { name, kind, to, goto, cases, otherwise, acts, handler, ...rest } = step;
  const words = [
    `${name}${kind && kind !== 'step' ? `:${kind}` : ''}`,
    `-> ${to.join(' ')}`,
    goto && `goto ${goto.join(' ')}`,
    cases && `cases ${JSON.stringify(cases)}`,
    otherwise !== undefined && `otherwise ${otherwise}`,
    Object.keys(rest).length > 0 && JSON.stringify(rest),
    handler && `on error ${handler.does}${handler.target ? ` ${handler.target}` : ''}`,
    `| ${acts.map(({ does, target, key, failures, size }) => `${does}${target ? `(${target})` : ''}${key ? `:${key}` : ''}${failures ? ` after ${failures}` : ''}${size === undefined ? '' : `*${size}`}`).join(', ')}`,
  ];
  return words.filter(Boolean).join('  ');
}
