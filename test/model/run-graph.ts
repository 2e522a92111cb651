import type { AnyPipeline } from '../../decorators/context.js';
import type { Pipeline } from '../../src/pipeline.js';
import { PORTS } from '../../src/ports/ports.js';
import type { RunEvent } from '../../src/run/events.js';
import type { RunResult } from '../../src/run/result.js';
import type { Run } from '../../src/run/run.js';
import { listenForKeys } from './current-key.js';
import { modelClass, type Stage } from './model-class.js';
import { answerOf } from './model-behaviour.js';
import type { ModelGraph, ModelState } from './model-graph.js';
import { Performance } from './performance.js';
import { placeIn } from './place-in.js';
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

/** What the caller does: in which order activations settle, which suspensions are answered, when it cancels. */
interface Script {
  readonly choose: Choose;
  readonly answer: (asked: readonly string[]) => readonly string[];
  /** Cancels after so many events, if there are as many. */
  readonly cancelAt?: number;
}

/** Runs a graph for real, its activations settling in an order that follows from the seed, as do all its other chances. */
export function runGraph(graph: ModelGraph, seed: number): Promise<Played> {
  return theatre(graph)(graph, seed);
}

/**
 * Runs a graph for real, every body waiting until a line of the script names it; what is in no line settles at the end.
 * A line that begins with `?` names those that are answered; without one all are.
 */
export function runScript(
  graph: ModelGraph,
  script: readonly string[],
  rest: Pick<Script, 'cancelAt'> = {},
): Promise<Played> {
  const lines = script.map((line) => line.split(' '));
  const stage = { performance: new Performance(() => 0.99), graph, shape: graph };
  const pipeline = new (modelClass(graph, stage))();
  const choose: Choose = (inFlight) => lines.shift() ?? inFlight;
  const answer = (asked: readonly string[]) => (lines[0]?.[0] === '?' ? lines.shift()!.slice(1) : asked);
  return perform(pipeline, graph, stage.performance, { choose, answer, ...rest });
}

/** One class for many runs of graphs that differ only in what their steps' bodies do. */
export function theatre(shape: ModelGraph): (graph: ModelGraph, seed: number) => Promise<Played> {
  const stage: Stage = { performance: new Performance(Math.random), graph: shape, shape };
  const pipeline = new (modelClass(shape, stage))();
  return (graph, seed) => {
    stage.performance = new Performance(randomFrom(seed));
    stage.graph = graph;
    const random = randomFrom(~seed);
    const some = (keys: readonly string[]): readonly string[] => someOf(keys, random);
    const cancelAt = random() < 0.05 ? { cancelAt: 1 + Math.floor(random() * 30) } : {};
    return perform(pipeline, graph, stage.performance, { choose: some, answer: some, ...cancelAt });
  };
}

async function perform(
  pipeline: Pipeline<ModelState>,
  graph: ModelGraph,
  performance: Performance,
  script: Script,
): Promise<Played> {
  const segments: Segment[] = [];
  let left = script.cancelAt ?? Infinity;
  for (;;) {
    const engine = new ShuffledEngine(script.choose, performance);
    const options = { throwOnFailure: false, buffer: 100_000, [PORTS]: { engine: () => engine } };
    const last = segments.at(-1)?.result;
    const answered = last?.status === 'suspended' ? script.answer(last.asks.map(({ key }) => key)) : [];
    const run =
      last?.status === 'suspended'
        ? pipeline.resume(
            reread(last.checkpoint),
            Object.fromEntries(answered.map((key) => [key, answerOf(placeIn(graph, key))])),
            options,
          )
        : pipeline.run(structuredClone(graph.state), options);
    const segment = await follow(run as unknown as Run<AnyPipeline>, engine, answered, left);
    segments.push(segment);
    left -= segment.events.length;
    if (segment.result.status !== 'suspended') return { graph, performance, segments };
  }
}

/** As a process does that has never seen the run. */
const reread = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

async function follow(
  run: Run<AnyPipeline>,
  engine: ShuffledEngine,
  answered: readonly string[],
  cancelAt: number,
): Promise<Segment> {
  listenForKeys(run);
  const events: RunEvent[] = [];
  let cancelled: number | undefined;
  for await (const event of run) {
    events.push(event);
    if (events.length !== cancelAt) continue;
    cancelled = engine.given;
    void run.cancel();
  }
  const result = await run.result;
  return { engine, result, events, answered, ...(cancelled !== undefined && { cancelled }) };
}
