import type { AnyPipeline } from '../../decorators/context.js';
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
import type { RunResult } from '../run/result.js';
import { ResultPromise } from '../run/result-promise.js';
import type { RunHost } from '../run/run.js';
import type { RunOptions } from '../run/run-options.js';
import { Teller, type Speaker } from '../run/teller.js';
import { Transcript } from '../run/transcript.js';
import { UsageMeter } from '../run/usage-meter.js';
import { StateStore } from '../state/state-store.js';
import { abortWithin } from './abort-within.js';
import type { Activation } from './activation.js';
import { createProgress } from './advance.js';
import {
  cancelledError,
  createResult,
  createRunError,
  judgeEnd,
  timeoutError,
  toWarning,
  type Ending,
} from './conclude.js';
import type { Host, Waiter } from './host.js';
import { Live } from './live.js';
import { RunHooks } from './run-hooks.js';
import type { Body } from './run-scope.js';
import type { Slots } from './slots.js';
import { walk, type WalkScope } from './walk.js';

/** One run from `run()` to its `run-end`: holds what the walk, its activations and the handle need of each other. */
export class Execution implements WalkScope, RunHost, Speaker, Waiter {
  readonly id: string;
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
  readonly store: StateStore;
  readonly progress: Progress;
  readonly live = new Live();
  readonly errors: Error[] = [];
  abandoned: string[] | undefined;
  over = false;
  #ending: Ending | undefined;
  #waiting: ((error?: Error) => void) | undefined;
  /** An aborted startup that this run alone has waited for. */
  #undoing: Promise<readonly Error[]> | undefined;
  /** Whether it counts as an active run of its instance. */
  #inside = false;
  #hooks: RunHooks | undefined;
  #timers: Timer[] | undefined;
  readonly #started: number;
  readonly #result = new ResultPromise();
  #ends: (() => void)[] | undefined;

  constructor(host: Host, state: object, options: RunOptions, ports: Ports) {
    this.host = host;
    this.options = options;
    this.clock = ports.clock;
    this.engine = ports.engine() as unknown as Engine<Activation>;
    this.id = options.id ?? crypto.randomUUID();
    host.liveIds.add(this.id);
    this.log = new EventLog(options.buffer ?? 0);
    this.teller = new Teller(this, this.log, this.listeners, host.listeners);
    this.store = new StateStore(state, this.plan.merge);
    this.progress = createProgress(this.plan);
    this.#started = this.clock.now();
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
    return this.live.count === 1;
  }
  get ending(): boolean {
    return this.#ending !== undefined;
  }

  slotsOf(step: string, limit: number): Slots {
    return this.host.slotsOf(step, limit);
  }

  handler(name: string): Body {
    const handler = this.compiled.blueprint.handlers.find((handler) => handler.name === name)!;
    return handler.read(this.instance) as Body;
  }

  noteAbandoned(key: string): void {
    this.abandoned = [...new Set(this.abandoned).add(key)];
  }

  /** The whole run. Never rejects: a mistake of stepstream or of an engine ends it like any failure. */
  async begin(): Promise<void> {
    try {
      await this.#live();
    } catch (error) {
      this.fail(error as Error);
    }
    this.#conclude(this.#ending!);
  }

  /** Everything before the end is told, in the order that F.1 demands. */
  async #live(): Promise<void> {
    const stopListening = this.#obeySignal();
    this.teller.run('run-start', { segment: 1 });
    if (!this.ending && !this.#enter()) await this.#untilUp();
    // No await that needn't be: each one stands between `run()` and the first token.
    if (this.#inside && !this.ending) this.#hooks = RunHooks.for(this);
    if (this.#hooks) await this.#hooks.startup();
    if (this.#inside && !this.ending) {
      this.#startTimeout();
      await walk(this);
    }
    const ending = (this.#ending ??= judgeEnd(this.plan, this.progress));
    this.#timers?.forEach((timer) => timer.cancel());
    stopListening?.();
    if (this.#undoing) this.#warn(await this.#undoing);
    if (this.#hooks) this.#warn(await this.#hooks.shutdown(ending));
    const shutdown = this.#inside ? this.host.leave(this.teller) : undefined;
    if (shutdown) this.#warn(await shutdown);
  }

  #warn(errors: readonly Error[]): void {
    for (const error of errors) this.teller.warnings.push(toWarning(error));
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
      this.#undoing = this.host.withdraw(this, reason);
      this.#waiting();
      this.#waiting = undefined;
    }
    this.#hooks?.abort(reason);
    this.abort(this.live.all, 'cancelled', reason);
  }

  abort(activations: readonly Activation[], decided: 'cancelled' | 'lost', reason: unknown): void {
    const grace = abortWithin(this.plan.cancelGrace, this.clock, activations, decided, reason);
    if (grace) (this.#timers ??= []).push(grace);
  }

  async cancel(reason: unknown): Promise<void> {
    this.end({ status: 'cancelled', error: cancelledError(this.pipeline, reason), own: true });
    if (!this.over) await new Promise<void>((resolve) => (this.#ends ??= []).push(resolve));
  }

  left(remaining: number, leave: 'cancel' | 'detach'): Promise<unknown> | undefined {
    if (remaining > 0 || leave === 'detach' || this.over) return undefined;
    return this.cancel(new DOMException('the consumer has left the loop', 'AbortError'));
  }

  ready(error?: Error, warnings: readonly Error[] = []): void {
    this.#warn(warnings);
    this.#inside = error === undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(error);
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

  #obeySignal(): (() => void) | undefined {
    const { signal } = this.options;
    if (!signal) return undefined;
    const onAbort = (): void => this.end({ status: 'cancelled', error: cancelledError(this.pipeline, signal.reason) });
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    return () => signal.removeEventListener('abort', onAbort);
  }

  /** Counts as a run of the instance, if that is up. */
  #enter(): boolean {
    return (this.#inside = this.host.enter(this));
  }

  /** Waits for the instance to be up, or for the end of the run. */
  async #untilUp(): Promise<void> {
    const error = await new Promise<Error | undefined>((resolve) => (this.#waiting = resolve));
    if (error) this.fail(error);
  }

  #startTimeout(): void {
    const { timeout } = this.options;
    if (timeout === undefined) return;
    const onTimeout = (): void => this.end({ status: 'timeout', error: timeoutError(this.pipeline, timeout) });
    (this.#timers ??= []).push(this.clock.after(timeout, onTimeout));
  }

  #conclude(ending: Ending): void {
    const result = createResult(this, ending, this.clock.now() - this.#started);
    const thrown = ending.status !== 'success' && !ending.own && this.options.throwOnFailure !== false;
    this.#result.settle(result, thrown ? createRunError(this.pipeline, ending, result) : undefined);
    // An open iterator is going to throw it.
    if (this.log.open) this.tell();
    this.host.liveIds.delete(this.id);
    const facts = ending.error && { error: toPlainError(ending.error) };
    this.teller.run('run-end', { status: ending.status, ledger: result.ledger, ...facts });
    this.over = true;
    this.log.close();
    this.#result.release();
    for (const resolve of this.#ends ?? []) resolve();
  }
}
