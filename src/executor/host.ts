import type { HookError } from '../errors/hook-error.js';
import type { Compiled } from '../plan/compile.js';
import type { PlanHook } from '../plan/plan.js';
import type { Elsewhere } from '../ports/run-engine.js';
import { Listeners } from '../run/listeners.js';
import type { Teller } from '../run/teller.js';
import { hookOf } from './hook-of.js';
import { runHook } from './run-hook.js';
import { Slots } from './slots.js';
import { systemClock } from './system-clock.js';

/** A run, or an `open()`, that waits for the instance to be up. */
export interface Waiter {
  /** Whose events tell of the hooks; an `open()` has none. */
  readonly teller?: Teller;
  /** The instance is up; or startup has failed, and so have perhaps shutdown hooks that had to undo it. */
  ready(error?: HookError, warnings?: readonly HookError[]): void;
}

/**
 * The life of one pipeline instance (G): `idle → starting → up → stopping → idle`. Startup hooks run before its first
 * active run, shutdown hooks when the last one has ended and nobody holds it open.
 */
export class Host {
  readonly instance: object;
  readonly compiled: Compiled;
  readonly listeners = new Listeners();
  /** Ids of the live runs. */
  readonly liveIds = new Map<string, object>();
  /** Who executes the runs that are started here, if not this process. */
  elsewhere: Elsewhere | undefined;
  #state: 'idle' | 'starting' | 'up' | 'stopping' = 'idle';
  /** Active runs, and holds by `open()`. */
  #active = 0;
  /** What `open()` holds, or is about to hold. */
  #holds: Promise<HookError | undefined>[] = [];
  /** Runs that end, and have perhaps left it already. */
  #leaving = 0;
  #waiters: Waiter[] = [];
  /** Who has gone away from an aborted startup, and waits until it is undone. */
  #abandoned: Waiter[] = [];
  #startup: AbortController | undefined;
  /** The children that its runs have used: they stay up as long as it is open (G.5). */
  readonly #kept = new Set<Host>();
  /** How many open parents keep it up. */
  #keepers = 0;
  #slots: Map<string, Slots> | undefined;
  #idle: (() => void)[] = [];
  readonly #hasHooks: boolean;

  constructor(instance: object, compiled: Compiled) {
    this.instance = instance;
    this.compiled = compiled;
    const { startup, shutdown } = compiled.plan;
    this.#hasHooks = [...startup, ...shutdown].some((hook) => hook.per === 'instance');
  }

  /** Makes a run the live one of its id; false if another one is. */
  takeId(id: string, run: object): boolean {
    if (this.liveIds.has(id)) return false;
    this.liveIds.set(id, run);
    return true;
  }

  /** The run has ended; another one of its id keeps it. */
  freeId(id: string, run: object): void {
    if (this.liveIds.get(id) === run) this.liveIds.delete(id);
  }

  /** Joins the instance: true if it is up, else the waiter is told when it is. */
  enter(waiter: Waiter): boolean {
    if (!this.#hasHooks || this.#state === 'up') {
      this.#active++;
      return true;
    }
    this.#waiters.push(waiter);
    if (this.#state === 'idle') void this.#start();
    return false;
  }

  /**
   * A waiter was cancelled. Startup is aborted when nobody waits any more (G.2), and the last one to go away waits until
   * it is undone (F.1): the promise resolves to what went wrong then.
   */
  withdraw(waiter: Waiter, reason: unknown): Promise<readonly HookError[]> | undefined {
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    if (this.#waiters.length > 0 || !this.#startup) return undefined;
    const undone = new Promise<readonly HookError[]>((resolve) => {
      this.#abandoned.push({ teller: waiter.teller, ready: (_, warnings = []) => resolve(warnings) });
    });
    this.#startup.abort(reason);
    return undone;
  }

  /** Leaves the instance; the last one to leave waits for shutdown and gets its errors. */
  leave(teller?: Teller): Promise<readonly HookError[]> | undefined {
    this.#active--;
    if (!this.#hasHooks || this.#active > 0 || this.#state !== 'up') {
      if (this.#active === 0) this.#tellIdle();
      return undefined;
    }
    return this.#stop(teller ? [teller] : []);
  }

  /** A run leaves the instance, and then the children that it has held: `close()` waits for all of it. */
  async beLeft(stays: readonly { leave(): Promise<void> }[]): Promise<void> {
    this.#leaving++;
    for (const stay of stays) await stay.leave();
    this.#leaving--;
    this.#tellIdle();
  }

  /** Holds the instance up until `close()`. */
  async open(): Promise<void> {
    const opened = new Promise<HookError | undefined>((resolve) => {
      if (this.enter({ ready: resolve })) resolve(undefined);
    });
    this.#holds.push(opened);
    const failure = await opened;
    if (failure === undefined) return;
    this.#holds = this.#holds.filter((hold) => hold !== opened);
    throw failure;
  }

  /** Lets go of what `open()` held; the last one waits for the last run and for shutdown, and throws what that throws. */
  async close(): Promise<void> {
    const hold = this.#holds.pop();
    if (hold === undefined) return this.#untilIdle();
    // Closed while it still opens: that is let go of as soon as it holds anything.
    if ((await hold) !== undefined) return;
    const kept = this.#holds.length === 0 ? [...this.#kept] : [];
    for (const child of kept) this.#kept.delete(child);
    const errors = [...((await this.leave()) ?? [])];
    for (const child of kept) errors.push(...((await child.#letGo()) ?? []));
    // The errors of a shutdown that a run waits for are warnings of that run.
    if (this.#holds.length === 0 && this.#keepers === 0) await this.#untilIdle();
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'several shutdown hooks have failed');
  }

  /** Takes over the stay of a run at a child, if this instance is open and doesn't keep it yet. */
  keep(child: Host): boolean {
    if (this.#holds.length === 0 || child === this || this.#kept.has(child)) return false;
    this.#kept.add(child);
    child.#keepers++;
    return true;
  }

  /** The parent that has kept it up is closed. */
  #letGo(): Promise<readonly HookError[]> | undefined {
    this.#keepers--;
    return this.leave();
  }

  slotsOf(step: string, limit: number): Slots {
    this.#slots ??= new Map();
    let slots = this.#slots.get(step);
    if (!slots) this.#slots.set(step, (slots = new Slots(limit)));
    return slots;
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    const controller = (this.#startup = new AbortController());
    // Whoever has just entered must be waiting before he is told.
    await Promise.resolve();
    const hooks = this.compiled.plan.startup.filter((hook) => hook.per === 'instance');
    let succeeded = 0;
    let failure: HookError | undefined;
    for (const hook of hooks) {
      // Also before the first: whoever waited may have left at `run-start`.
      if (controller.signal.aborted) break;
      failure = await this.#run(hook, 'startup', this.#tellers(), controller.signal);
      if (failure) break;
      succeeded++;
    }
    this.#startup = undefined;
    if (!failure && !controller.signal.aborted) return this.#up(this.#waiters.splice(0));
    // Aborted because nobody waited any more: who has come since gets a start of his own.
    const told = controller.signal.aborted ? this.#abandoned : this.#waiters.splice(0);
    this.#abandoned = [];
    const warnings = await this.#undo(succeeded, tellersOf(told));
    told.forEach((waiter, place) => waiter.ready(failure, place === 0 ? warnings : []));
    this.#goIdle();
  }

  #up(waiters: readonly Waiter[]): void {
    this.#state = 'up';
    this.#active += waiters.length;
    for (const waiter of waiters) waiter.ready();
  }

  /** Shuts down, in reverse, exactly what had been started (G.2). */
  async #undo(succeeded: number, tellers: readonly Teller[]): Promise<readonly HookError[]> {
    this.#state = 'stopping';
    const errors: HookError[] = [];
    for (const hook of this.compiled.plan.shutdown) {
      if (hook.per !== 'instance' || hook.partner >= succeeded) continue;
      const error = await this.#run(hook, 'shutdown', tellers);
      if (error) errors.push(error);
    }
    return errors;
  }

  async #stop(tellers: readonly Teller[]): Promise<readonly HookError[]> {
    const errors = await this.#undo(Infinity, tellers);
    this.#goIdle();
    return errors;
  }

  /** Whoever came while the instance was stopping starts it anew (G.1). */
  #goIdle(): void {
    this.#state = 'idle';
    this.#tellIdle();
    if (this.#waiters.length > 0) void this.#start();
  }

  #tellIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #untilIdle(): Promise<void> {
    // Asked again: when the instance is down, its last run still lets its children go.
    while (this.#active > 0 || this.#state === 'stopping' || this.#leaving > 0)
      await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #tellers(): readonly Teller[] {
    return tellersOf(this.#waiters);
  }

  #run(
    hook: PlanHook,
    phase: 'startup' | 'shutdown',
    tellers: readonly Teller[],
    signal?: AbortSignal,
  ): Promise<HookError | undefined> {
    const own = hookOf(this.compiled, this.instance, hook, phase);
    return runHook({ ...own, clock: systemClock, signal, tellers, facts: {} });
  }
}

const tellersOf = (waiters: readonly Waiter[]): readonly Teller[] => waiters.flatMap(({ teller }) => teller ?? []);
