import type { AnyPipeline } from '../../decorators/context.js';
import type { Clock, Timer } from '../ports/clock.js';
import type { Engine } from '../ports/engine.js';
import type { Ports } from '../ports/ports.js';
import { EventLog } from '../run/event-log.js';
import { Listeners } from '../run/listeners.js';
import type { Checkpoint } from '../run/checkpoint.js';
import { toStoredError } from '../run/plain-error.js';
import type { RunResult } from '../run/result.js';
import { ResultPromise } from '../run/result-promise.js';
import type { RunHost } from '../run/run.js';
import type { RunOptions } from './run-options.js';
import { Teller, type Speaker } from '../run/teller.js';
import { Transcript } from '../run/transcript.js';
import { UsageMeter } from '../run/usage-meter.js';
import type { Activation } from './activation.js';
import { Agenda } from './agenda.js';
import { enterChildren, leaveChildren } from './children-hooks.js';
import { cancelledError, createRunError, timeoutError, toWarning, type Ending } from './conclude.js';
import { decideAgainstAll } from './decide-against.js';
import { Flow } from './flow.js';
import { fromCheckpoint } from './from-checkpoint.js';
import type { Host } from './host.js';
import { judgeRun } from './judge-run.js';
import { Live } from './live.js';
import type { Membership } from './membership.js';
import { obeySignal } from './obey-signal.js';
import { restoreRun } from './restore-run.js';
import { Resumption } from './resumption.js';
import { RunRecorder } from './run-recorder.js';
import { RunHooks } from './run-hooks.js';
import { giveBack, takeSegment } from './take-segment.js';
import { Stays } from './stays.js';
import { toResult } from './to-result.js';
import { walk } from './walk.js';
import type { WalkScope } from './walk-scope.js';

/** One run from `run()` to its `run-end`: holds what the walk, its activations and the handle need of each other. */
export class Execution implements WalkScope, RunHost, Speaker {
  readonly id: string;
  readonly host: Host;
  readonly options: RunOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly engine: Engine<Activation>;
  readonly log: EventLog;
  readonly listeners = new Listeners();
  readonly teller: Teller;
  readonly transcript = new Transcript();
  readonly meter = new UsageMeter();
  readonly root: Flow;
  readonly live = new Live();
  readonly agenda = new Agenda();
  readonly errors: Error[] = [];
  abandoned: string[] | undefined;
  over = false;
  #ending: (Ending & { readonly checkpoint?: Checkpoint }) | undefined;
  readonly #stays: Stays;
  #timeout: Timer | undefined;
  readonly #started: number;
  readonly #result = new ResultPromise();
  #ends: (() => void)[] | undefined;
  #onEnding: (() => void) | undefined;
  /** Of a resumed run: what it goes on from. */
  readonly #resumption: Resumption | undefined;
  /** Of a run with a store. */
  readonly #recorder: RunRecorder | undefined;
  /** Whether the walk has begun: nothing can refuse the run any more. */
  #begun = false;

  /** `from` is the initial state, as plain data that nobody else holds, or what a resumed run goes on from. */
  constructor(host: Host, from: object | Resumption, options: RunOptions, ports: Ports) {
    this.host = host;
    this.options = options;
    ({ clock: this.clock, random: this.random } = ports);
    this.engine = ports.engine(this) as unknown as Engine<Activation>;
    const resumption = from instanceof Resumption ? from : undefined;
    const checkpoint = resumption?.checkpoint;
    this.#resumption = resumption;
    this.id = checkpoint?.runId ?? options.id ?? ports.newId();
    this.log = new EventLog(options.buffer ?? 0);
    const shared = ports.isPart ? undefined : host.listeners;
    this.teller = new Teller(this, this.log, this.listeners, shared, ports.past ?? checkpoint);
    this.#stays = new Stays(host, this.teller, (errors) => this.warn(errors));
    this.root = checkpoint ? fromCheckpoint(this, host, checkpoint.root) : new Flow(this, host, from);
    if (checkpoint) restoreRun(this, checkpoint);
    // Of those who resume with one store, the id belongs to the one who wins the segment.
    if (shared && (resumption === undefined || options.store === undefined)) this.takeId();
    this.#started = this.clock.now();
    if (options.store) this.#recorder = this.teller.recorder = new RunRecorder(this, options.store, checkpoint);
  }

  get context(): unknown {
    return this.options.context;
  }
  get pipeline(): string {
    return this.host.compiled.plan.pipeline;
  }
  get alone(): boolean {
    return this.live.alone;
  }
  get ending(): boolean {
    return this.#ending !== undefined;
  }

  noteAbandoned(key: string): void {
    this.abandoned = [...new Set(this.abandoned).add(key)];
  }

  stayAt(host: Host): Membership {
    return this.#stays.at(host);
  }
  warn(errors: readonly Error[]): void {
    for (const error of errors) this.teller.warnings.push(toWarning(error));
  }

  get segment(): number {
    return this.#resumption?.segment ?? 1;
  }
  get startedAt(): number {
    return this.#resumption?.checkpoint.startedAt ?? this.#started;
  }

  /** The whole run. Never rejects: a mistake of stepstream or of an engine ends it like any failure. */
  async begin(): Promise<void> {
    try {
      await this.#live();
    } catch (error) {
      this.fail(error as Error);
    }
    const result = toResult(this, this.#ending!, this.clock.now() - this.#started, this.#untouched);
    this.host.freeId(this.id, this);
    if (this.#recorder && !this.#untouched) {
      this.teller.seal();
      await this.#recorder.end(result);
    }
    this.#conclude(this.#ending!, result);
  }

  /** Everything before the end is told, in the order that F.1 demands. No await that needn't be: each one stands between `run()` and the first token. */
  async #live(): Promise<void> {
    const stopListening = obeySignal(this.options.signal, (reason) => this.#cancelled(reason, false));
    this.teller.run('run-start', { segment: this.segment });
    // What stands against it ends the run as a failure does: nothing of it has begun.
    if (this.#resumption) this.#failWith(await takeSegment(this, this.#resumption));
    const up = this.ending ? undefined : this.#stays.own.enter();
    if (up) this.#failWith(await up);
    if (this.#mayGoOn) this.root.hooks = RunHooks.for(this.root);
    if (this.root.hooks) this.#failWith(await this.root.hooks.startup());
    if (this.#resumption && this.#mayGoOn) this.#failWith(await enterChildren(this, this.root));
    if (this.#mayGoOn && this.engine.prepare) await this.engine.prepare();
    if (this.#mayGoOn) {
      const { timeout } = this.options;
      if (timeout !== undefined) this.#timeout = this.clock.after(timeout, () => this.timeOut());
      this.#begun = true;
      this.#recorder?.begin();
      await walk(this, this.#resumption);
    }
    const ending = (this.#ending ??= judgeRun(this));
    this.#timeout?.cancel();
    stopListening?.();
    this.warn(await leaveChildren(this.root, ending));
    if (this.root.hooks) this.warn(await this.root.hooks.shutdown(ending));
    await this.#stays.leave();
    if (this.#untouched) await giveBack(this, this.#resumption!);
  }

  /** A resumed run that was refused leaves everything as it was: what waits still does, and its record says so. */
  get #untouched(): boolean {
    return this.#resumption !== undefined && !this.#begun;
  }

  get #mayGoOn(): boolean {
    return this.#stays.own.inside && !this.ending;
  }

  #failWith(error: Error | undefined): void {
    if (error) this.fail(error);
  }
  fail(error: Error): void {
    if (!this.errors.includes(error)) this.errors.push(error);
    this.end({ status: 'failed', error });
  }

  /** The first decision counts: what is alive is aborted, what waits is let go. */
  end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    const { error: reason } = ending;
    if (reason === undefined) return;
    this.#stays.withdraw(reason);
    this.root.hooks?.abort(reason);
    if (!this.#untouched) decideAgainstAll(this, this.root, reason);
    this.#onEnding?.();
  }

  onEnding(callback: () => void): void {
    if (this.ending) callback();
    else this.#onEnding = callback;
  }

  #cancelled(reason: unknown, own: boolean): void {
    this.end({ status: 'cancelled', error: cancelledError(this.pipeline, reason), own });
  }

  async cancel(reason: unknown): Promise<void> {
    this.#cancelled(reason, true);
    if (!this.over) await new Promise<void>((resolve) => (this.#ends ??= []).push(resolve));
  }

  left(remaining: number, leave: 'cancel' | 'detach'): Promise<unknown> | undefined {
    if (remaining > 0 || leave === 'detach' || this.over) return undefined;
    return this.cancel(new DOMException('the consumer has left the loop', 'AbortError'));
  }

  tell(): void {
    this.#result.tell();
  }

  failureFor(): Error | undefined {
    return this.#result.error;
  }

  get result(): Promise<RunResult<AnyPipeline>> {
    return this.#result.promise;
  }

  timeOut(): void {
    this.end({ status: 'timeout', error: timeoutError(this.pipeline, this.options.timeout!) });
  }

  takeId(): boolean {
    return this.host.takeId(this.id, this);
  }

  #conclude(ending: Ending, result: RunResult<AnyPipeline>): void {
    const { status } = ending;
    const well = status === 'success' || status === 'suspended' || ending.own || this.options.throwOnFailure === false;
    this.#result.settle(result, well ? undefined : createRunError(this.pipeline, ending, result));
    // An open iterator is going to throw it.
    if (this.log.open) this.tell();
    const { checkpoint } = result as { readonly checkpoint?: Checkpoint };
    const facts = ending.error ? { error: toStoredError(ending.error) } : checkpoint && { checkpoint };
    this.teller.run('run-end', { status, ledger: result.ledger, ...facts });
    this.over = true;
    this.log.close();
    this.#result.release();
    for (const resolve of this.#ends ?? []) resolve();
  }
}
