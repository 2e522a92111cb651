import { Pipeline } from '../../src/pipeline.js';
import { buildPipeline, type StepSpec } from '../support/build-class.js';
import type { ModelGraph, ModelHandler, ModelMerge, ModelState, ModelStep } from './model-graph.js';
import type { BodyContext, HandlerContext, Performance } from './performance.js';

/** Whose bodies the methods of a class stand for: one class serves many runs, one after the other. */
export interface Stage {
  performance: Performance;
  /** The graph that is played: its steps are those of the class, but may do other things. */
  graph: ModelGraph;
  readonly shape: ModelGraph;
}

type ModelPipeline = new () => Pipeline<ModelState>;

const concat = (base: string, committed: string, mine: string): string => committed + mine.slice(base.length);

/** The real class of a graph, and of its children; the names of its handlers are `onA`, `onB` … and `onAny`. */
export function modelClass(graph: ModelGraph, stage: Stage, name = 'Model'): ModelPipeline {
  const children = (graph.children ?? []).map((child, i) => modelClass(child, stage, `${name}${i}`));
  const named = graph.steps.filter(({ handler }) => handler);
  const handlers = [
    ...named.map((step) => toHandler(graph, handlerOf(step.name), step.handler!, stage)),
    ...(graph.catchAll ? [toHandler(graph, 'onAny', graph.catchAll, stage)] : []),
  ];
  const merge = Object.entries(graph.merge).map(([field, how]) => [field, toMerge(how)]);
  return buildPipeline({
    name,
    extends: withChildren(children),
    pipeline: { name, merge: Object.fromEntries(merge), ...(graph.maxVisits && { maxVisits: graph.maxVisits }) },
    steps: graph.steps.map((step) => toStep(step, graph, children, stage)),
    handlers,
  });
}

/** A child is found among the fields of its parent. */
function withChildren(children: readonly ModelPipeline[]): ModelPipeline {
  return class extends (Pipeline<ModelState> as ModelPipeline) {
    constructor() {
      super();
      children.forEach((child, i) => Object.assign(this, { [`child${i}`]: new child() }));
    }
  };
}

function toStep(step: ModelStep, graph: ModelGraph, children: readonly ModelPipeline[], stage: Stage): StepSpec {
  const { name, kind = 'step', to, join, goto, cases, otherwise, entry, attempts, maxVisits, handler } = step;
  const { each, concurrency, onItemError, child } = step;
  const options = {
    ...(goto && { goto }),
    ...(cases && { cases }),
    ...(otherwise !== undefined && { default: otherwise }),
    ...(entry && { entry }),
    ...(attempts && { retry: attempts }),
    ...(maxVisits && { maxVisits }),
    ...(handler && { onError: handlerOf(name) }),
    ...(each && { each }),
    ...(concurrency && { concurrency }),
    ...(onItemError && { onItemError }),
    ...(kind === 'sub' && { of: () => children[child!] }),
  };
  const body = kind === 'streaming' ? streamOf(step, graph, stage) : bodyOf(step, graph, stage);
  return { name, kind, ...(to.length > 0 && { to }), ...(join && { join }), options, body };
}

type Parent = Readonly<Record<string, Pipeline<ModelState>>>;

/** What is played in place of a step of the root. */
function played(graph: ModelGraph, step: ModelStep, { graph: root, shape }: Stage): readonly [ModelGraph, ModelStep] {
  return graph === shape ? [root, root.steps.find(({ name }) => name === step.name)!] : [graph, step];
}

/** Computed names make real methods, with the step's name. */
const bodyOf = (step: ModelStep, graph: ModelGraph, stage: Stage): StepSpec['body'] =>
  ({
    [step.name](this: Parent, context: BodyContext): unknown {
      return stage.performance.act(...played(graph, step, stage), context, this);
    },
  })[step.name];

const streamOf = (step: ModelStep, graph: ModelGraph, stage: Stage): StepSpec['body'] =>
  ({
    async *[step.name](this: Parent, context: BodyContext): AsyncGenerator<string, unknown> {
      return yield* stage.performance.stream(...played(graph, step, stage), context, this);
    },
  })[step.name];

const toHandler = (graph: ModelGraph, name: string, handler: ModelHandler, stage: Stage) => ({
  name,
  body: {
    [name](context: HandlerContext): unknown {
      return stage.performance.handle(graph, name, handler, context);
    },
  }[name],
});

const handlerOf = (name: string): string => `on${name.toUpperCase()}`;

const toMerge = (how: ModelMerge) => (how === 'concat' ? concat : how);
