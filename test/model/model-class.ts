import { Pipeline } from '../../src/pipeline.js';
import { buildPipeline } from '../support/build-class.js';
import type { ModelGraph, ModelHandler, ModelMerge, ModelState } from './model-graph.js';
import type { BodyContext, HandlerContext, Performance } from './performance.js';

/** Whose bodies the methods of a class stand for: one class serves many runs, one after the other. */
export interface Stage {
  performance: Performance;
}

const concat = (base: string, committed: string, mine: string): string => committed + mine.slice(base.length);

/** The real class of a graph; the names of its handlers are `onA`, `onB` … and `onAny`. */
export function modelClass(graph: ModelGraph, stage: Stage): new () => Pipeline<ModelState> {
  const named = graph.steps.filter(({ handler }) => handler);
  const steps = graph.steps.map(({ name, to, join, entry, handler }) => ({
    name,
    ...(to.length > 0 && { to }),
    ...(join && { join }),
    options: { ...(entry && { entry }), ...(handler && { onError: handlerOf(name) }) },
    body: { [name]: (context: BodyContext) => stage.performance.act(name, context) }[name],
  }));
  const toMethod = (name: string, handler: ModelHandler) => ({
    name,
    body: { [name]: (context: HandlerContext) => stage.performance.handle(name, handler, context) }[name],
  });
  const handlers = [
    ...named.map(({ name, handler }) => toMethod(handlerOf(name), handler!)),
    ...(graph.catchAll ? [toMethod('onAny', graph.catchAll)] : []),
  ];
  return buildPipeline({
    name: 'Model',
    extends: Pipeline<ModelState> as new () => Pipeline<ModelState>,
    pipeline: { merge: Object.fromEntries(Object.entries(graph.merge).map(([field, how]) => [field, toMerge(how)])) },
    steps,
    handlers,
  });
}

const handlerOf = (name: string): string => `on${name.toUpperCase()}`;

const toMerge = (how: ModelMerge) => (how === 'concat' ? concat : how);
