import type { AnyPipeline } from '../../decorators/context.js';
import type { Pipeline } from '../../src/pipeline.js';
import { PORTS } from '../../src/ports/ports.js';
import type { RunEvent } from '../../src/run/events.js';
import type { RunResult } from '../../src/run/result.js';
import { modelClass, type Stage } from './model-class.js';
import type { ModelGraph, ModelState } from './model-graph.js';
import { Performance } from './performance.js';
import { randomFrom } from './random.js';
import { ShuffledEngine } from './shuffled-engine.js';

/** Everything that was seen of a real run. */
export interface Played {
  readonly graph: ModelGraph;
  readonly engine: ShuffledEngine;
  readonly performance: Performance;
  readonly result: RunResult<AnyPipeline>;
  readonly events: readonly RunEvent[];
}

/** Runs a graph for real, its activations settling in an order that follows from the seed. */
export function runGraph(graph: ModelGraph, seed: number): Promise<Played> {
  return theatre(graph)(graph, seed);
}

/** One class for many runs of graphs that differ only in what their steps' bodies do. */
export function theatre(shape: ModelGraph): (graph: ModelGraph, seed: number) => Promise<Played> {
  const stage: Stage = { performance: new Performance(shape, Math.random) };
  const pipeline = new (modelClass(shape, stage))();
  return (graph, seed) => {
    stage.performance = new Performance(graph, randomFrom(seed));
    return perform(pipeline, graph, stage.performance, seed);
  };
}

async function perform(
  pipeline: Pipeline<ModelState>,
  graph: ModelGraph,
  performance: Performance,
  seed: number,
): Promise<Played> {
  const engine = new ShuffledEngine(randomFrom(~seed), performance);
  const options = { throwOnFailure: false, [PORTS]: { engine: () => engine } };
  const run = pipeline.run(structuredClone(graph.state), options);
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event as RunEvent);
  return { graph, engine, performance, result: (await run.result) as RunResult<AnyPipeline>, events };
}
