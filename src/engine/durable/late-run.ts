import type { AnyPipeline } from '../../../decorators/context.js';
import { createRunError } from '../../executor/conclude.js';
import type { RunError } from '../../errors/run-error.js';
import { EventLog } from '../../run/event-log.js';
import type { EventType, RunEnd, RunEvent } from '../../run/events.js';
import type { Ledger } from '../../run/ledger.js';
import { Listeners } from '../../run/listeners.js';
import { toPlainError } from '../../run/plain-error.js';
import type { RunResult, Warning } from '../../run/result.js';
import { ResultPromise } from '../../run/result-promise.js';
import type { AnyRun, RunHost } from '../../run/run.js';
import { UsageMeter } from '../../run/usage-meter.js';

/** What a late run is made of. */
export interface LateFacts {
  readonly id: string;
  readonly pipeline: string;
  /** The names of its steps. */
  readonly steps: readonly string[];
  /** What it begins with. */
  readonly state: object;
  /** The number of the last event before it. */
  readonly seq: number;
  /** How many events are kept for late iterators. */
  readonly buffer: number;
  readonly throwOnFailure: boolean;
  /** Told of its events beside its own listeners. */
  readonly shared: Listeners;
  /** Whether the shared ones are to be told of this event here. */
  readonly isNews: (event: RunEvent) => boolean;
  /** Starts the run; what that rejects with is its failure. */
  readonly start: () => Promise<AnyRun>;
  /** Told when it has ended, or is followed no longer. */
  readonly onEnd: () => void;
}

/** A run that is started elsewhere: its handle is there at once, and gives what the started run tells when that is there. */
export class LateRun implements RunHost {
  readonly log: EventLog;
  readonly listeners = new Listeners();
  readonly #facts: LateFacts;
  readonly #result = new ResultPromise();
  readonly #warnings: Warning[] = [];
  readonly #started: Promise<AnyRun>;
  #over = false;
  #ended: (() => void) | undefined;
  readonly #end = new Promise<void>((resolve) => (this.#ended = resolve));

  constructor(facts: LateFacts) {
    this.#facts = facts;
    this.log = new EventLog(facts.buffer);
    // Not before whoever asked for it has its handle.
    this.#started = Promise.resolve().then(facts.start);
    this.#started.then(
      (run) => this.#follow(run),
      (error: unknown) => this.#fail(error),
    );
  }

  get id(): string {
    return this.#facts.id;
  }
  get pipeline(): string {
    return this.#facts.pipeline;
  }
  get result(): Promise<RunResult<AnyPipeline>> {
    return this.#result.promise;
  }

  tell(): void {
    this.#result.tell();
  }

  failureFor(): Error | undefined {
    return this.#result.error;
  }

  left(remaining: number, leave: 'cancel' | 'detach'): Promise<unknown> | undefined {
    if (remaining > 0 || leave === 'detach' || this.#over) return undefined;
    return this.cancel('the consumer has left the loop');
  }

  /** Resolves when it has ended. */
  async cancel(reason: unknown): Promise<void> {
    if (this.#over) return;
    const run = await this.#started.catch(() => undefined);
    // Its end is told here when it has come by the way of all events.
    await run?.cancel(reason);
    await this.#end;
  }

  /** Follows it no longer, and lets all who do know by this error; the run goes on. */
  leave(error: Error): void {
    if (this.#over) return;
    // It is no failure of the run, which nobody need look at here.
    this.tell();
    this.#close(undefined as never, error);
  }

  async #follow(run: AnyRun): Promise<void> {
    run.result.catch(() => undefined);
    try {
      for await (const event of run.events({ leave: 'detach' })) {
        if (this.#over) return;
        if (event.type === 'run-end') return await this.#conclude(run, event);
        this.#tell(event);
        await this.#room();
      }
    } catch (error) {
      // Its failure comes with its end; what breaks the loop before that is ours.
      this.leave(error as Error);
    }
  }

  /** A reader that is far behind is given no more. */
  #room(): Promise<void> | undefined {
    return this.log.full ? new Promise((resolve) => this.log.gate({ release: resolve })) : undefined;
  }

  async #conclude(run: AnyRun, event: RunEvent): Promise<void> {
    let error: Error | undefined;
    const result = await run.result.catch((failure: RunError) => {
      error = failure;
      return failure.result as RunResult<AnyPipeline>;
    });
    if (this.#over) return;
    (result.warnings as Warning[]).push(...this.#warnings);
    this.#close(result, error, event);
  }

  /** It could not be started. */
  #fail(cause: unknown): void {
    if (this.#over) return;
    const { id: runId, pipeline, seq, state, steps, throwOnFailure } = this.#facts;
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const notTaken = { status: 'not taken', visits: [] } as const;
    const ledger = Object.fromEntries(steps.map((step) => [step, notTaken])) as unknown as Ledger<AnyPipeline>;
    const result = {
      ...{ runId, status: 'failed', state, outputs: {}, text: '', texts: {}, usage: new UsageMeter().total },
      ...{ ledger, errors: [], abandoned: [], warnings: this.#warnings, duration: 0, error },
    } as unknown as RunResult<AnyPipeline>;
    const event: RunEnd<AnyPipeline> = {
      ...{ v: 1, type: 'run-end', runId, seq: seq + 1, at: Date.now(), pipeline, status: 'failed' },
      ...{ ledger, error: toPlainError(error) },
    };
    const thrown = throwOnFailure ? createRunError(pipeline, { status: 'failed', error }, result) : undefined;
    this.#close(result, thrown, event);
  }

  #close(result: RunResult<AnyPipeline>, error: Error | undefined, event?: RunEvent): void {
    this.#over = true;
    this.#result.settle(result, error);
    if (this.log.open) this.tell();
    if (event) this.#tell(event);
    this.log.close();
    this.#result.release();
    this.#facts.onEnd();
    this.#ended!();
  }

  #tell(event: RunEvent): void {
    const { shared, isNews } = this.#facts;
    this.log.append(event);
    const all = isNews(event) ? [this.listeners, shared] : [this.listeners];
    if (!all.some(({ any }) => any)) return;
    Object.freeze(event);
    if (event.type === 'run-end' || (event.type === 'step-error' && !event.handled))
      if (all.some((one) => one.has(event.type))) this.tell();
    for (const listeners of all) listeners.emit(event, this.#report);
  }

  /** A listener's failure is nobody else's; it stands in the result. */
  readonly #report = (error: unknown, during: EventType): void => {
    const plain = toPlainError(error);
    const message = `A listener of "${during}" has failed: ${plain.message}`;
    this.#warnings.push({ code: 'LISTENER_FAILED', message, error: plain });
  };
}
