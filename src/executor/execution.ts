import type { AnyPipeline } from '../../decorators/context.js';
import type { Clock, Timer } from '../ports/clock.js';
import type { Engine } from '../ports/engine.js';
import type { Ports } from '../ports/ports.js';
import { EventLog } from '../run/event-log.js';
import { Listeners } from '../run/listeners.js';
import { toPlainError } from '../run/plain-error.js';
import type { RunResult } from '../run/result.js';
import { ResultPromise } from '../run/result-promise.js';
import type { RunHost } from '../run/run.js';
import type { RunOptions } from './run-options.js';
import { Teller, type Speaker } from '../run/teller.js';
import { Transcript } from '../run/transcript.js';
import { UsageMeter } from '../run/usage-meter.js';
import { abortWithin } from './abort-within.js';
import type { Activation } from './activation.js';
import { Agenda } from './agenda.js';
import {
  cancelledError,
  createResult,
  createRunError,
  judgeEnd,
  timeoutError,
  toWarning,
  type Ending,
} from './conclude.js';
import { decideAgainstAll, settleWaiting } from './decide-against.js';
import { Flow } from './flow.js';
import type { Host } from './host.js';
import { Live } from './live.js';
import { Membership } from './membership.js';
import { RunHooks } from './run-hooks.js';
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
  #ending: Ending | undefined;
  readonly #membership: Membership;
  /** The instances of children that it holds up (G.5). */
  #held: Map<Host, Membership> | undefined;
  #timeout: Timer | undefined;
  readonly #started: number;
  readonly #result = new ResultPromise();
  #ends: (() => void)[] | undefined;

  constructor(host: Host, state: object, options: RunOptions, ports: Ports) {
    this.host = host;
    this.options = options;
    this.clock = ports.clock;
    this.random = ports.random;
    this.engine = ports.engine() as unknown as Engine<Activation>;
    this.id = options.id ?? ports.newId();
    host.liveIds.add(this.id);
    this.log = new EventLog(options.buffer ?? 0);
    this.teller = new Teller(this, this.log, this.listeners, host.listeners);
    this.#membership = new Membership(host, this.teller, (errors) => this.warn(errors));
    this.root = new Flow(this, host, state);
    this.#started = this.clock.now();
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

  hold(host: Host): Promise<Error | undefined> | undefined {
    this.#held ??= new Map();
    let membership = this.#held.get(host);
    if (!membership) {
      membership = new Membership(host, this.teller, (errors) => this.warn(errors));
      this.#held.set(host, membership);
    }
    return membership.enter();
  }

  warn(errors: readonly Error[]): void {
    for (const error of errors) this.teller.warnings.push(toWarning(error));
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
    await this.#enter();
    const { root } = this;
    // No await that needn't be: each one stands between `run()` and the first token.
    if (root.hooks) this.#failWith(await root.hooks.startup());
    if (this.#membership.inside && !this.ending) {
      this.#startTimeout();
      await walk(this);
    }
    const ending = (this.#ending ??= judgeEnd(root.plan, root.progress));
    this.#timeout?.cancel();
    stopListening?.();
    if (root.hooks) this.warn(await root.hooks.shutdown(ending));
    await this.#leave();
  }

  /** Counts as a run of the instance, once that is up. */
  async #enter(): Promise<void> {
    if (this.ending) return;
    const up = this.#membership.enter();
    if (up) this.#failWith(await up);
    if (this.#membership.inside && !this.ending) this.root.hooks = RunHooks.for(this.root);
  }

  async #leave(): Promise<void> {
    for (const membership of this.#held?.values() ?? []) await membership.leave();
    await this.#membership.leave();
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
    const reason = ending.error ?? new DOMException('the run was cancelled', 'AbortError');
    this.#membership.withdraw(reason);
    for (const membership of this.#held?.values() ?? []) membership.withdraw(reason);
    this.root.hooks?.abort(reason);
    decideAgainstAll(this, this.root, reason);
  }

  abort(activations: readonly Activation[], decided: 'cancelled' | 'lost', reason: unknown): void {
    abortWithin(this.root.plan.cancelGrace, this.clock, activations, decided, reason);
  }

  async cancel(reason: unknown): Promise<void> {
    this.end({ status: 'cancelled', error: cancelledError(this.pipeline, reason), own: true });
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

  #obeySignal(): (() => void) | undefined {
    const { signal } = this.options;
    if (!signal) return undefined;
    const onAbort = (): void => this.end({ status: 'cancelled', error: cancelledError(this.pipeline, signal.reason) });
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    return () => signal.removeEventListener('abort', onAbort);
  }

  #startTimeout(): void {
    const { timeout } = this.options;
    if (timeout === undefined) return;
    const onTimeout = (): void => this.end({ status: 'timeout', error: timeoutError(this.pipeline, timeout) });
    this.#timeout = this.clock.after(timeout, onTimeout);
  }

  #conclude(ending: Ending): void {
    settleWaiting(this.root, ending.status === 'success' ? 'skipped' : 'cancelled');
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
