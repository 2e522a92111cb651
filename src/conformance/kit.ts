import type { AnyPipeline } from '../../decorators/context.js';
import type { EventType, RunEvent } from '../run/events.js';
import { findDishonesty } from '../run/find-dishonesty.js';
import type { RunResult } from '../run/result.js';
import type { AnyRun } from '../run/run.js';
import type { ConformanceOptions, ConformancePipeline, EngineUnderTest } from './engine-under-test.js';
import { show } from './show.js';

/** Everything that a run, of whatever engine, has told. */
export interface Told {
  readonly pipeline: ConformancePipeline;
  /** All events in order, those of the segments before included. */
  readonly events: readonly RunEvent[];
  readonly result: RunResult<AnyPipeline>;
  /** What `run.result` rejected with. */
  readonly thrown: unknown;
}

/** The parts of events that cases look at; what an event hasn't is absent. */
export interface Facts {
  readonly type: EventType;
  readonly seq: number;
  readonly step: string;
  readonly path: readonly string[];
  readonly visit: number;
  readonly attempt: number;
  readonly index?: number;
  readonly value: unknown;
  readonly name: string;
  readonly data: unknown;
  readonly output: unknown;
  readonly why: string;
  readonly hook: string;
  readonly segment: number;
  readonly handled: boolean;
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string; readonly step?: string };
  readonly arrived: readonly string[];
  readonly dead: readonly string[];
  readonly usage: unknown;
}

const TYPES = (
  'run-start run-end hook-start hook-end step-start token token-reset step-retry step-error step-end step-suspend ' +
  'step-skip step-cancel join state-change usage custom observer-error'
).split(' ') as EventType[];

/** What a case works with: it runs pipelines on the engine, and counts what is checked. */
export class Kit {
  readonly engine: EngineUnderTest;
  /** How many checks were made. */
  checks = 0;
  readonly #runs: (AnyRun | Promise<AnyRun>)[] = [];

  /** How many events a run has told to whom it has refused, on an engine that keeps them. */
  readonly #told = new Map<string, number>();

  constructor(engine: EngineUnderTest) {
    this.engine = engine;
  }

  /** Throws unless two values are equal as plain data. */
  check(what: string, actual: unknown, expected: unknown): void {
    this.checks++;
    const [is, should] = [show(actual), show(expected)];
    if (is !== should) throw new Error(`${what}\n  is        ${is}\n  should be ${should}`);
  }

  /** Throws unless it is so. */
  checkThat(what: string, isSo: boolean): void {
    this.checks++;
    if (!isSo) throw new Error(`It is not so: ${what}`);
  }

  /** Runs a pipeline to its end, reads all its events and checks that they can be true. */
  async run(pipeline: ConformancePipeline, state: object = {}, options?: ConformanceOptions): Promise<Told> {
    return this.read(pipeline, await this.begin(pipeline, state, options));
  }

  /** Starts a run, to be read as the case likes. */
  begin(pipeline: ConformancePipeline, state: object = {}, options?: ConformanceOptions): AnyRun | Promise<AnyRun> {
    return this.#keep(this.engine.start(pipeline, state, options));
  }

  /** Goes on with a suspended run, likewise. */
  async resume(
    { pipeline, result, events }: Told,
    answers: Readonly<Record<string, unknown>>,
    options?: Omit<ConformanceOptions, 'id'>,
  ): Promise<Told> {
    const run = await this.#keep(this.engine.resume(pipeline, result, answers, options));
    return this.read(pipeline, run, events, (this.#told.get(result.runId) ?? 0) - events.length);
  }

  /** Reads the events of a run by iterating over it. */
  async read(pipeline: ConformancePipeline, run: AnyRun, before: readonly RunEvent[] = [], between = 0): Promise<Told> {
    const events = [...before];
    let ended: unknown;
    try {
      for await (const event of run) events.push(between > 0 ? earlier(event, between) : event);
    } catch (error) {
      ended = error;
    }
    const told = await this.told(pipeline, run, events);
    this.check('what the loop throws is what the result rejects with', show(ended), show(told.thrown));
    return told;
  }

  /** Starts a run and listens to all that it tells, whoever reads it. */
  async start(
    pipeline: ConformancePipeline,
    state: object = {},
    options?: ConformanceOptions,
  ): Promise<{ readonly run: AnyRun; readonly events: readonly RunEvent[] }> {
    const started = this.begin(pipeline, state, options);
    // Not even a microtask later than need be: a run in this process begins in the next one.
    const run = 'then' in started ? await started : started;
    const events: RunEvent[] = [];
    for (const type of TYPES) run.on(type, (event: RunEvent) => events.push(event));
    return { run, events };
  }

  /** The outcome of a run, whose events were read somehow, and whether they can be true. */
  async told(pipeline: ConformancePipeline, run: AnyRun, events: readonly RunEvent[]): Promise<Told> {
    const told = { pipeline, events, ...(await outcomeOf(run)) };
    const { result } = told;
    this.check('what the events say that is not true', findDishonesty(events, result.text), []);
    const end = events.at(-1);
    const { status, ledger, runId }: Partial<Extract<RunEvent, { type: 'run-end' }>> =
      end?.type === 'run-end' ? end : {};
    this.check(
      'the status, the ledger and the id of run-end',
      { status, ledger, runId },
      { status: result.status, ledger: result.ledger, runId: run.id },
    );
    return told;
  }

  /** Cancels what a case that was broken off has left behind. */
  clear(): void {
    for (const one of this.#runs)
      Promise.resolve(one)
        .then((run) => Promise.all([run.cancel('the case is over'), run.result]))
        // Nobody waits for it: the case has said what is wrong.
        .catch(() => undefined);
  }

  #keep(run: AnyRun | Promise<AnyRun>): AnyRun | Promise<AnyRun> {
    this.#runs.push(run);
    return run;
  }

  /** What a call is refused with, at once or, where another process looks at it, as the end of a run; fails if it isn't. */
  async refused(what: string, call: () => unknown): Promise<{ readonly code?: string; readonly message: string }> {
    this.checks++;
    try {
      const { result, events = [] } = ((await call()) ?? {}) as Partial<Told>;
      if (result?.status === 'failed') {
        // What it has told stays in the log, and the next segment goes on behind it.
        this.#told.set(result.runId, events.length);
        return result.error;
      }
    } catch (error) {
      return error as { code?: string; message: string };
    }
    throw new Error(`It was not refused: ${what}`);
  }
}

/** The event as it would be numbered if so many had not been told before. */
function earlier(event: RunEvent, by: number): RunEvent {
  const range = event.type === 'token-reset' ? { from: event.from - by, to: event.to - by } : {};
  return { ...event, ...range, seq: event.seq - by };
}

/** How a run has ended, also if its result rejects. */
async function outcomeOf(run: AnyRun): Promise<{ result: RunResult<AnyPipeline>; thrown: unknown }> {
  try {
    return { result: await run.result, thrown: undefined };
  } catch (thrown) {
    const { result } = thrown as { result?: RunResult<AnyPipeline> };
    if (result === undefined) throw thrown;
    return { result, thrown };
  }
}

/** The events of one type, and of one step if given. */
export const eventsOf = (told: { readonly events: readonly unknown[] }, type: EventType, step?: string): Facts[] =>
  (told.events as Facts[]).filter((event) => event.type === type && (step === undefined || event.step === step));

/** What was told of one step: the types of its events in order, or what `pick` makes of each. */
export const storyOf = (
  told: { readonly events: readonly unknown[] },
  step: string,
  pick: (event: Facts) => unknown = ({ type }) => type,
): unknown[] =>
  (told.events as Facts[])
    .filter((event) => event.step === step && event.type !== 'state-change' && event.type !== 'join')
    .map(pick);

/** What became of each step, in short: the statuses of its visits, or why it had none. */
export const becameOf = ({ result: { ledger } }: Told): Record<string, string> =>
  Object.fromEntries(
    Object.entries(ledger).map(([step, { visits, why }]) => [step, visits.join() || (why ?? 'not taken')]),
  );
