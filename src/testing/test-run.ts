import type { AnyPipeline, ContextOf, StateOf } from '../../decorators/context.js';
import type { Clock } from '../ports/clock.js';
import { PORTS, type Ports } from '../ports/ports.js';
import type { Checkpoint } from '../run/checkpoint.js';
import type { RunEvent, TokenEvent } from '../run/events.js';
import type { RunResult } from '../run/result.js';
import type { Run } from '../run/run.js';
import type { RunOptions } from '../executor/run-options.js';
import { answersFor, type Answered, type TestAnswers } from './answers.js';
import { countedTokens } from '../run/counted-tokens.js';
import { Schedule } from './schedule.js';
import { createSeededPorts } from './seeded-ports.js';
import { takenPath } from './taken-path.js';

/** What `testRun` accepts: the options of `run`, and what a test decides besides. */
export interface TestRunOptions<P extends AnyPipeline = AnyPipeline> extends Omit<
  RunOptions<ContextOf<P>>,
  'throwOnFailure'
> {
  /** Whose time delays, timeouts and graces take; that of the machine by default. */
  readonly clock?: Clock;
  /** Decides the order in which settled steps are reported; the run then has a clock that passes by itself. */
  readonly seed?: string;
  /** Answers to what the run asks when it suspends, by key, or a function of what is asked: the run is resumed with them. */
  readonly answers?: TestAnswers<P>;
}

/** The options are required where the class demands a context. */
export type WithTestOptions<P extends AnyPipeline> =
  unknown extends ContextOf<P>
    ? [options?: TestRunOptions<P>]
    : [options: TestRunOptions<P> & { readonly context: ContextOf<P> }];

/** Everything that a run has told, collected. */
export interface TestRun<P = AnyPipeline> {
  readonly pipeline: P;
  /** How it ended: of a failed run too. */
  readonly result: RunResult<P>;
  /** All events in order, those of resumed segments included. */
  readonly events: readonly RunEvent<P>[];
  /** The tokens that count at last, each as its step yielded it. */
  readonly tokens: readonly TokenEvent<P>['value'][];
  /** Their text. */
  readonly text: string;
  /** The steps that have ended well, in the order of their ends; a step that ran twice stands there twice. */
  readonly path: readonly string[];
}

/**
 * Runs a pipeline to its end and collects all that it tells. Never rejects for a run that failed, timed out or was
 * cancelled; it does for mistakes of the class or the call, which `run` would throw.
 *
 * ```ts
 * const { result, path } = await testRun(new Chatbot(), { prompt: 'Why?' });
 * ```
 */
export async function testRun<P extends AnyPipeline>(
  pipeline: P,
  state: NoInfer<StateOf<P>>,
  ...[options = {}]: WithTestOptions<P>
): Promise<TestRun<P>> {
  const { clock, seed, answers, id, ...rest } = options as TestRunOptions;
  const given = { ...rest, throwOnFailure: false, [PORTS]: portsOf(rest, seed, clock) };
  const runner = pipeline as unknown as Runner<P>;
  const events: RunEvent<P>[] = [];
  let result = await collect(runner.run(state, { ...given, id }), events);
  let answered: Answered | undefined;
  while ((answered = answersFor(result, answers))) {
    // As it would come back from a store: what is not plain data must not get by in a test alone.
    const stored = JSON.parse(JSON.stringify(answered.checkpoint)) as Checkpoint;
    result = await collect(runner.resume(stored, answered.answers, given), events);
  }
  return toTestRun(pipeline, result, events);
}

/** The methods of a pipeline that are called here, without their checks by type. */
interface Runner<P> {
  run(state: object, options: RunOptions): Run<P>;
  resume(checkpoint: Checkpoint, answers: Readonly<Record<string, unknown>>, options: RunOptions): Run<P>;
}

async function collect<P>(run: Run<P>, events: RunEvent<P>[]): Promise<RunResult<P>> {
  for await (const event of run) events.push(event);
  return run.result;
}

function toTestRun<P>(pipeline: P, result: RunResult<P>, told: readonly RunEvent<P>[]): TestRun<P> {
  const events = told as readonly RunEvent[];
  const tokens = countedTokens(events).map(({ value }) => value) as TokenEvent<P>['value'][];
  return { pipeline, result, events: told, tokens, text: result.text, path: takenPath(events) };
}

/** What the caller's options carry already, under what this run says itself. */
function portsOf(options: object, seed: string | undefined, clock: Clock | undefined): Partial<Ports> {
  const carried = (options as { readonly [PORTS]?: Partial<Ports> })[PORTS];
  const seeded = seed === undefined ? undefined : createSeededPorts(seed, new Schedule(seed, 'due'));
  return { ...carried, ...seeded, ...(clock && { clock }) };
}
