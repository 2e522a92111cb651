import type { AnyPipeline } from '../../decorators/context.js';
import type { Pipeline } from '../../src/pipeline.js';
import { PORTS } from '../../src/ports/ports.js';
import type { RunEvent } from '../../src/run/events.js';
import type { RunResult } from '../../src/run/result.js';
import { modelClass, type Stage } from './model-class.js';
import type { ModelGraph, ModelState } from './model-graph.js';
import { Performance } from './performance.js';
import { randomFrom, someOf } from './random.js';
import { ShuffledEngine, type Choose } from './shuffled-engine.js';

/** Everything that was seen of one segment. */
export interface Segment {
  readonly engine: ShuffledEngine;
  readonly result: RunResult<AnyPipeline>;
  readonly events: readonly RunEvent[];
  /** The keys that were answered to begin it. */
  readonly answered: readonly string[];
  /** How many reports the walk had been given when the caller cancelled, if it did. */
  readonly cancelled?: number;
}

/** Everything that was seen of a real run. */
export interface Played {
  readonly graph: ModelGraph;
  readonly performance: Performance;
  readonly segments: readonly Segment[];
}

/** Runs a graph for real, its activations settling in an order that follows from the seed. */
export function runGraph(graph: ModelGraph, seed: number): Promise<Played> {
  return theatre(graph)(graph, seed);
}

/** Runs a graph for real, every body waiting until a line of the script names it; what is in no line settles at the end. */
export function runScript(graph: ModelGraph, script: readonly string[]): Promise<Played> {
  const lines = script.map((line) => line.split(' '));
  const stage = { performance: new Performance(() => 0.99), graph };
  const pipeline = new (modelClass(graph, stage))();
  return perform(pipeline, { graph, performance: stage.performance }, (inFlight) => lines.shift() ?? inFlight);
}

/** One class for many runs of graphs that differ only in what their steps' bodies do. */
export function theatre(shape: ModelGraph): (graph: ModelGraph, seed: number) => Promise<Played> {
  const stage: Stage = { performance: new Performance(Math.random), graph: shape };
  const pipeline = new (modelClass(shape, stage))();
  return (graph, seed) => {
    stage.performance = new Performance(randomFrom(seed));
    stage.graph = graph;
    const random = randomFrom(~seed);
    return perform(pipeline, { graph, performance: stage.performance }, (inFlight) => someOf(inFlight, random));
  };
}

async function perform(
  pipeline: Pipeline<ModelState>,
  play: Pick<Played, 'graph' | 'performance'>,
  choose: Choose,
): Promise<Played> {
  const engine = new ShuffledEngine(choose, play.performance);
  const options = { throwOnFailure: false, buffer: 100_000, [PORTS]: { engine: () => engine } };
  const run = pipeline.run(structuredClone(play.graph.state), options);
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  const result = (await run.result) as RunResult<AnyPipeline>;
  return { ...play, segments: [{ engine, result, events, answered: [] }] };
}
