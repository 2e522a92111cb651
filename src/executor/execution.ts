import type { AnyPipeline } from '../../decorators/context.js';
import { RunStalledError } from '../errors/run-stalled-error.js';
import type { Compiled } from '../plan/compile.js';
import type { Plan } from '../plan/plan.js';
import type { Clock, Timer } from '../ports/clock.js';
import type { Engine } from '../ports/engine.js';
import type { Ports } from '../ports/ports.js';
import { EventLog } from '../run/event-log.js';
import { Listeners } from '../run/listeners.js';
import { Outputs } from '../run/outputs.js';
import { toPlainError } from '../run/plain-error.js';
import type { Progress } from '../run/progress.js';
import type { RunResult, Warning } from '../run/result.js';
import type { RunHost } from '../run/run.js';
import type { RunOptions } from '../run/run-options.js';
import { Teller, type Speaker } from '../run/teller.js';
import { Transcript } from '../run/transcript.js';
import { UsageMeter } from '../run/usage-meter.js';
import { StateStore } from '../state/state-store.js';
import type { Activation } from './activation.js';
import { createProgress } from './advance.js';
import { cancelledError, createLedger, createRunError, timeoutError, type Ending } from './conclude.js';
import type { Host, Waiter } from './host.js';
import { RunHooks } from './run-hooks.js';
import type { Body } from './run-scope.js';
import type { Slots } from './slots.js';
import { walk, type WalkScope } from './walk.js';

/** One run from `run()` to its `run-end`: holds what the walk, its activations and the handle need of each other. */
export class Execution implements WalkScope, RunHost, Speaker, Waiter {
  readonly host: Host;
  readonly options: RunOptions;
  readonly clock: Clock;
  readonly engine: Engine<Activation>;
  readonly log: EventLog;
  readonly listeners = new Listeners();
  readonly teller: Teller;
  readonly transcript = new Transcript();
  readonly meter = new UsageMeter();
  readonly outputs = new Outputs();
  readonly outputOf: unknown[] = [];
  readonly store: StateStore;
  readonly progress: Progress;
  readonly live: Activation[] = [];
  readonly errors: Error[] = [];
  readonly abandoned: string[] = [];
  over = false;
  #id: string | undefined;
  #ending: Ending | undefined;
  #waiting: ((error?: Error) => void) | undefined;
  /** Whether it counts as an active run of its instance. */
  #inside = false;
  #hooks: RunHooks | undefined;
  #timers: Timer[] | undefined;
  readonly #started: number;
  #told = false;
  #outcome: { readonly result: RunResult<AnyPipeline>; readonly error?: Error } | undefined;
  #promise: Promise<RunResult<AnyPipeline>> | undefined;
  #settle: (() => void) | undefined;
  #ends: (() => void)[] | undefined;

  constructor(host: Host, state: object, options: RunOptions, ports: Ports) {
    this.host = host;
    this.options = options;
    this.clock = ports.clock;
    this.engine = ports.engine() as unknown as Engine<Activation>;
    this.#id = options.id;
    this.log = new EventLog(options.buffer ?? 0);
    this.teller = new Teller(this, this.log, this.listeners, host.listeners);
    this.store = new StateStore(state, this.plan.merge);
    this.progress = createProgress(this.plan);
    this.#started = this.clock.now();
  }

  get id(): string {
    return (this.#id ??= crypto.randomUUID());
  }
  get plan(): Plan {
    return this.host.compiled.plan;
  }
  get compiled(): Compiled {
    return this.host.compiled;
  }
  get instance(): object {
    return this.host.instance;
  }
  get context(): unknown {
    return this.options.context;
  }
  get pipeline(): string {
    return this.plan.pipeline;
  }
  get alone(): boolean {
    return this.live.length === 1;
  }
  get ending(): boolean {
    return this.#ending !== undefined;
  }

  now(): number {
    return this.clock.now();
  }

  slotsOf(step: string, limit: number): Slots {
    return this.host.slotsOf(step, limit);
  }

  handler(name: string): Body {
    const handler = this.compiled.blueprint.handlers.find((handler) => handler.name === name)!;
    return handler.read(this.instance) as Body;
  }

  noteAbandoned(key: string): void {
    if (!this.abandoned.includes(key)) this.abandoned.push(key);
  }

  /** The whole run, in the order that F.1 demands of its end. Never rejects. */
  async begin(): Promise<void> {
    const stopListening = this.#obeySignal();
    this.teller.run('run-start', { segment: 1 });
    const entered = await this.#enter();
    if (entered) {
      if (!this.ending) this.#hooks = RunHooks.for(this);
      await this.#hooks?.startup();
      if (!this.ending) await this.#walk();
    }
    const ending = (this.#ending ??= this.#judge());
    for (const timer of this.#timers ?? []) timer.cancel();
    stopListening?.();
    const warnings = (await this.#hooks?.shutdown(ending)) ?? [];
    const late = entered ? ((await this.host.leave(this.teller)) ?? []) : [];
    for (const error of [...warnings, ...late]) this.teller.warnings.push(toWarning(error));
    this.#conclude(ending);
  }

  fail(error: Error): void {
    if (!this.errors.includes(error)) this.errors.push(error);
    this.end({ status: 'failed', error });
  }

  /** The first decision counts: what is alive is aborted, what waits is let go. */
  end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    const reason = ending.error ?? new DOMException('the run was cancelled', 'AbortError');
    if (this.#waiting) {
      this.host.withdraw(this, reason);
      this.#waiting();
      this.#waiting = undefined;
    }
    this.#hooks?.abort(reason);
    this.abort([...this.live], 'cancelled', reason);
  }

  /** One grace for all of them; a body that outlasts it is left behind (F.2, F.3). */
  abort(activations: readonly Activation[], decided: 'cancelled' | 'lost', reason: unknown): void {
    for (const activation of activations) activation.abort(decided, reason);
    const unsettled = activations.filter((activation) => !activation.settled);
    if (unsettled.length === 0) return;
    const grace = this.clock.after(this.plan.cancelGrace, () => {
      for (const activation of unsettled) activation.abandon();
    });
    (this.#timers ??= []).push(grace);
  }

  async cancel(reason: unknown): Promise<void> {
    this.end({ status: 'cancelled', error: cancelledError(this.pipeline, reason), own: true });
    if (!this.over) await new Promise<void>((resolve) => (this.#ends ??= []).push(resolve));
  }

  left(remaining: number, leave: 'cancel' | 'detach'): Promise<unknown> | undefined {
    if (remaining > 0 || leave === 'detach' || this.over) return undefined;
    return this.cancel(new DOMException('the consumer has left the loop', 'AbortError'));
  }

  ready(error?: Error): void {
    this.#inside = error === undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(error);
  }

  tell(): void {
    this.#told = true;
    this.#promise?.catch(ignore);
  }

  failureFor(): Error | undefined {
    return this.#outcome?.error;
  }

  get result(): Promise<RunResult<AnyPipeline>> {
    if (this.#promise) return this.#promise;
    const promise = this.#outcome ? this.#deliver() : this.#untilOver().then(() => this.#deliver());
    if (this.#told) promise.catch(ignore);
    return (this.#promise = promise);
  }

  #untilOver(): Promise<void> {
    return new Promise<void>((resolve) => (this.#settle = resolve));
  }

  #deliver(): Promise<RunResult<AnyPipeline>> {
    const { result, error } = this.#outcome!;
    return error ? Promise.reject(error) : Promise.resolve(result);
  }

  #obeySignal(): (() => void) | undefined {
    const { signal } = this.options;
    if (!signal) return undefined;
    const onAbort = (): void => this.end({ status: 'cancelled', error: cancelledError(this.pipeline, signal.reason) });
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    return () => signal.removeEventListener('abort', onAbort);
  }

  /** Waits for the instance to be up; false if the run ends before. */
  async #enter(): Promise<boolean> {
    if (this.ending) return false;
    if (this.host.enter(this)) return true;
    const error = await new Promise<Error | undefined>((resolve) => (this.#waiting = resolve));
    if (error) this.fail(error);
    return this.#inside;
  }

  async #walk(): Promise<void> {
    const { timeout } = this.options;
    if (timeout !== undefined) {
      const onTimeout = (): void => this.end({ status: 'timeout', error: timeoutError(this.pipeline, timeout) });
      (this.#timers ??= []).push(this.clock.after(timeout, onTimeout));
    }
    await walk(this);
  }

  /** A run that nobody has ended has succeeded, unless steps still wait for something that can't come. */
  #judge(): Ending {
    const { progress, plan } = this;
    if (progress.undecided === 0 || progress.stopped) return { status: 'success' };
    const waits = plan.steps
      .filter(({ id }) => progress.visits[id] === undefined && progress.open[id] > 0)
      .map(({ name, from }) => `"${name}" waits for ${from.map((id) => `"${plan.steps[id].name}"`).join(', ')}`);
    return { status: 'failed', error: new RunStalledError(this.pipeline, waits) };
  }

  #conclude(ending: Ending): void {
    const result = this.#createResult(ending);
    const failed = ending.status !== 'success' && !ending.own && this.options.throwOnFailure !== false;
    const error = ending.status === 'success' ? undefined : createRunError(this.pipeline, ending, result);
    this.#outcome = failed ? { result, error } : { result };
    if (this.#someoneListens()) this.tell();
    const facts = ending.error && { error: toPlainError(ending.error) };
    this.teller.run('run-end', { status: ending.status, ledger: result.ledger, ...facts });
    this.over = true;
    this.log.close();
    if (this.options.id !== undefined) this.host.liveIds.delete(this.options.id);
    this.#settle?.();
    for (const resolve of this.#ends ?? []) resolve();
    if (failed && !this.#told && !this.#promise) this.#promise = this.#deliver();
  }

  /** A `run-end` or `step-error` listener has been told of a failure (E.6). */
  #someoneListens(): boolean {
    return [this.listeners, this.host.listeners].some((all) => all.has('run-end') || all.has('step-error'));
  }

  #createResult({ status, error }: Ending): RunResult<AnyPipeline> {
    const { transcript, teller } = this;
    return {
      runId: this.id,
      status,
      state: this.store.current,
      outputs: this.outputs.upTo(this.outputs.count),
      text: transcript.text,
      texts: transcript.texts,
      usage: this.meter.total,
      ledger: createLedger(this.plan, this.progress),
      errors: this.errors,
      abandoned: this.abandoned,
      warnings: teller.warnings,
      duration: this.clock.now() - this.#started,
      ...(status !== 'success' && { error }),
    } as RunResult<AnyPipeline>;
  }
}

const ignore = (): void => undefined;

function toWarning(error: Error): Warning {
  return { code: 'SHUTDOWN_FAILED', message: error.message, error: toPlainError(error) };
}
