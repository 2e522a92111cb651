import { compile } from '../plan/compile.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import type { Activation } from './activation.js';

/**
 * Whether a sub-pipeline step is reached from inside another one that has a slot and that it may lead to in turn. Such a
 * step keeps its slot while its child runs, so two of them could wait for each other for ever: the inner one needs none.
 */
export function runsInside({ flow, step }: Activation): boolean {
  if (step.kind !== 'sub') return false;
  for (let { caller } = flow; caller !== undefined; caller = caller.flow.caller) {
    const { instance } = caller.flow;
    if (caller.step.concurrency !== undefined && leadsTo(flow.compiled.children.get(step.name)!, instance)) return true;
  }
  return false;
}

/** Whether an instance is one of a class that another one runs, however deep inside. */
function leadsTo(above: PipelineClass, instance: object): boolean {
  const found = new Set([above]);
  for (const next of found) for (const child of compile(next).children.values()) found.add(child);
  return [...found].some((pipelineClass) => instance instanceof pipelineClass);
}
