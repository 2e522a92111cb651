import type { AnyPipeline } from '../../decorators/context.js';
import type { Clock } from '../ports/clock.js';
import type { RunRecord, RunStore } from '../ports/run-store.js';
import type { Checkpoint } from '../run/checkpoint.js';
import { toPlainError } from '../run/plain-error.js';
import type { RunEvent } from '../run/events.js';
import type { RunResult, Warning } from '../run/result.js';
import type { Transcript } from '../run/transcript.js';
import type { UsageMeter } from '../run/usage-meter.js';
import { createLedger } from './conclude.js';
import type { Flow } from './flow.js';
import { StepTimings } from './step-timings.js';
import { storeWarning } from './store-warning.js';
import { within } from './within.js';

/** What a record is made of while the run goes on. */
export interface RecordedRun {
  readonly id: string;
  readonly segment: number;
  readonly startedAt: number;
  readonly clock: Clock;
  readonly root: Flow;
  readonly transcript: Transcript;
  readonly meter: UsageMeter;
  readonly teller: { readonly warnings: Warning[] };
}

/**
 * Keeps the record of one segment of a run in a store: `running` when its first step is about to begin, and how it has
 * ended. A store that fails or hangs never changes the run: that is a warning in its result.
 */
export class RunRecorder {
  readonly #timings = new StepTimings();
  readonly #run: RecordedRun;
  readonly #store: RunStore;
  readonly #checkpoint: Checkpoint | undefined;
  /** The calls so far, for the order in which they take effect is that of the calls. */
  #last: Promise<unknown> | undefined;

  /** `checkpoint` is that of a resumed run: it stays in the record, should this process die. */
  constructor(run: RecordedRun, store: RunStore, checkpoint: Checkpoint | undefined) {
    this.#run = run;
    this.#store = store;
    this.#checkpoint = checkpoint;
  }

  /** Hears the events of the run. */
  take(event: RunEvent): void {
    if (event.type !== 'token') this.#timings.take(event);
  }

  /** Nothing can refuse the run any more. Nobody waits for the store here. */
  begin(): void {
    const record = this.#toRecord('running', this.#checkpoint && { checkpoint: this.#checkpoint });
    const save = (): Promise<void> => this.#save(record);
    const guarded = (work: () => Promise<void>): Promise<void> =>
      within(this.#run.clock, this.#patience, work).catch((error: unknown) => this.#warn(error));
    if (this.#checkpoint === undefined) this.#last = guarded(save);
    else this.#last = guarded(() => this.#remember()).then(() => guarded(save));
  }

  /** The run has ended, and nobody has been told. Resolves when its record is kept, or the store has had its time. */
  async end(result: RunResult<AnyPipeline>): Promise<void> {
    const { status, ledger, usage, text, outputs, error } = result;
    const state: unknown = result.state;
    const { clock } = this.#run;
    this.#timings.close(status, result.abandoned);
    const record = this.#toRecord(status, {
      ...{ ledger, usage, text, outputs, state, endedAt: clock.now() },
      ...(error && { error: toPlainError(error) }),
      ...(result.status === 'suspended' && { asks: result.asks, checkpoint: result.checkpoint }),
    });
    // What the store still has to do goes first, however long that takes; only the wait for it is bounded.
    const saved = (this.#last ?? Promise.resolve()).then(() => this.#save(record));
    saved.catch(() => undefined);
    await within(clock, this.#patience, () => saved).catch((late: unknown) => this.#warn(late));
  }

  get #patience(): number {
    return this.#run.root.plan.hookTimeout;
  }

  #toRecord(status: RunRecord['status'], facts?: Partial<RunRecord>): () => RunRecord {
    const { id: runId, segment, startedAt, root, transcript, meter } = this.#run;
    const { pipeline, fingerprint } = root.plan;
    const own: RunRecord = {
      ...{ v: 1, runId, pipeline, fingerprint, status, segment, startedAt },
      usage: meter.total,
      ledger: createLedger(root, 'suspended'),
      steps: [],
      text: transcript.text,
      outputs: root.outputs.upTo(root.outputs.count),
      state: root.store.current,
      ...facts,
    };
    // When it is saved the steps of earlier segments are known.
    return () => ({ ...own, outputs: toJsonable(own.outputs!), steps: this.#timings.all });
  }

  async #save(record: () => RunRecord): Promise<void> {
    if (await this.#store.save(record())) return;
    throw new Error('the store has a record of a later segment of this run');
  }

  /** Takes over when the steps of earlier segments have run. */
  async #remember(): Promise<void> {
    const before = await this.#store.get(this.#run.id);
    if (before !== undefined) this.#timings.goOnFrom(before.steps);
  }

  #warn(error: unknown): void {
    this.#run.teller.warnings.push(storeWarning('The record of this run could not be kept', error));
  }
}

/** The results of an each may be `undefined`, which JSON has not; for whoever looks at a record `null` says it. */
const toJsonable = (outputs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(outputs).map(([step, output]) => [
      step,
      Array.isArray(output) && output.includes(undefined) ? output.map((item: unknown) => item ?? null) : output,
    ]),
  );
