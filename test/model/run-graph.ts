import type { AnyPipeline } from '../../decorators/context.js';
import type { Pipeline } from '../../src/pipeline.js';
import { PORTS } from '../../src/ports/ports.js';
import type { RunEvent } from '../../src/run/events.js';
import type { RunResult } from '../../src/run/result.js';
import { modelClass, type Stage } from './model-class.js';
import type { ModelGraph, ModelState } from './model-graph.js';
import { modelPaths, type ModelPaths } from './model-paths.js';
import { Performance } from './performance.js';
import { randomFrom, someOf } from './random.js';
import { ShuffledEngine, type Choose } from './shuffled-engine.js';

/** Everything that was seen of a real run. */
export interface Played {
  readonly graph: ModelGraph;
  readonly paths: ModelPaths;
  readonly engine: ShuffledEngine;
  readonly performance: Performance;
  readonly result: RunResult<AnyPipeline>;
  readonly events: readonly RunEvent[];
}

/** Runs a graph for real, its activations settling in an order that follows from the seed. */
export function runGraph(graph: ModelGraph, seed: number): Promise<Played> {
  return theatre(graph)(graph, seed);
}

/** Runs a graph for real, every body waiting until a line of the script names it; what is in no line settles at the end. */
export function runScript(graph: ModelGraph, script: readonly string[]): Promise<Played> {
  const lines = script.map((line) => line.split(' '));
  const stage = new Performance(graph, () => 0.99);
  const pipeline = new (modelClass(graph, { performance: stage }))();
  const played = { graph, paths: modelPaths(graph.steps), performance: stage };
  return perform(pipeline, played, (inFlight) => lines.shift() ?? inFlight);
}

/** One class for many runs of graphs that differ only in what their steps' bodies do. */
export function theatre(shape: ModelGraph): (graph: ModelGraph, seed: number) => Promise<Played> {
  const paths = modelPaths(shape.steps);
  const stage: Stage = { performance: new Performance(shape, Math.random) };
  const pipeline = new (modelClass(shape, stage))();
  return (graph, seed) => {
    stage.performance = new Performance(graph, randomFrom(seed));
    const random = randomFrom(~seed);
    const choose: Choose = (inFlight) => someOf(inFlight, random);
    return perform(pipeline, { graph, paths, performance: stage.performance }, choose);
  };
}

async function perform(
  pipeline: Pipeline<ModelState>,
  play: Pick<Played, 'graph' | 'paths' | 'performance'>,
  choose: Choose,
): Promise<Played> {
  const engine = new ShuffledEngine(choose, play.performance);
  const options = { throwOnFailure: false, [PORTS]: { engine: () => engine } };
  const run = pipeline.run(structuredClone(play.graph.state), options);
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return { ...play, engine, result: (await run.result) as RunResult<AnyPipeline>, events };
}
