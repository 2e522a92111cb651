import type { ModelGraph, ModelHandler, ModelStep, Reported } from './model-graph.js';

/** What an activation that nobody decides against goes through. */
export interface Body {
  readonly step: ModelStep;
  readonly failed: boolean;
  /** D.2: the handler whose word counts: the named one, or the catch-all where that throws or is missing. */
  readonly handler?: ModelHandler;
}

export function bodyOf(graph: ModelGraph, name: string, failing: boolean): Body {
  const step = graph.steps.find((one) => one.name === name)!;
  const failed = failing || step.behaviour === 'fail';
  if (!failed) return { step, failed };
  const handler = step.handler && step.handler.does !== 'throw' ? step.handler : graph.catchAll;
  return { step, failed, ...(handler && { handler }) };
}

/** How an activation settles if nobody decides against it. */
export function settles(graph: ModelGraph, name: string, failing: boolean): Reported {
  const { step, failed, handler } = bodyOf(graph, name, failing);
  if (!failed) {
    if (step.behaviour === 'skip') return { key: name, status: 'skipped' };
    return { key: name, status: 'done', ...(step.behaviour === 'stop' && { stop: true }) };
  }
  if (handler?.does === 'recover') return { key: name, status: 'recovered' };
  if (handler?.does === 'skip') return { key: name, status: 'skipped' };
  if (handler?.does === 'stop') return { key: name, status: 'recovered', stop: true };
  return { key: name, status: 'failed' };
}
