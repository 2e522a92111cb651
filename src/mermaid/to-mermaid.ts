import { compile } from '../plan/compile.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import { classOf } from '../scanner/class-of.js';
import { drawAgain } from './draw-again.js';
import { drawPlan } from './draw-plan.js';
import { STYLING } from './styling.js';

/**
 * Draws a pipeline as a Mermaid flowchart, from the very plan that runs: its steps and hooks, and inside it the pipelines
 * that it runs. A jump is a dotted edge, the edges of a switch bear their keys.
 *
 * Throws the `BlueprintError` of a class that can't run, and a `MisuseError` for what is no class.
 */
export function toMermaid(classOrInstance: PipelineClass | object): string {
  const { plan } = compile(classOf(classOrInstance));
  const lines = [...drawPlan(plan), ...drawAgain(plan), '', ...STYLING];
  return ['graph TD', ...lines.map((line) => (line === '' ? '' : `    ${line}`))].join('\n');
}
