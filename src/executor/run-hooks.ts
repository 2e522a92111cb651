import type { HookError } from '../errors/hook-error.js';
import type { Compiled } from '../plan/compile.js';
import type { PlanHook } from '../plan/plan.js';
import type { UsageMeter } from '../run/usage-meter.js';
import { diffDraft } from '../state/diff.js';
import { openDraft } from '../state/draft.js';
import { toPlain } from '../state/plain.js';
import type { StateStore } from '../state/state-store.js';
import type { Ending } from './conclude.js';
import { hookOf } from './hook-of.js';
import { runHook } from './run-hook.js';
import type { RunScope } from './run-scope.js';

/** What per-run hooks need of what they surround: a run, or a child inside it. */
export interface HookScope {
  readonly compiled: Compiled;
  readonly instance: object;
  readonly prefix: string;
  readonly meter: UsageMeter;
  readonly store: StateStore;
  readonly run: Pick<RunScope, 'id' | 'context' | 'clock' | 'teller' | 'transcript'>;
}

/** The `{ per: 'run' }` hooks of one run, or of one child: they surround its steps, inside the hooks of the instance (G.4). */
export class RunHooks {
  readonly #scope: HookScope;
  readonly #controller = new AbortController();
  #succeeded = 0;
  #starting = false;

  /** Most classes have none. */
  static for(scope: HookScope): RunHooks | undefined {
    const { startup, shutdown } = scope.compiled.plan;
    return [...startup, ...shutdown].some(isPerRun) ? new RunHooks(scope) : undefined;
  }

  private constructor(scope: HookScope) {
    this.#scope = scope;
  }

  /** A startup hook may prepare the state: what it changes is committed before the first step. Resolves to what failed. */
  async startup(): Promise<Error | undefined> {
    const { compiled, store } = this.#scope;
    let failure: Error | undefined;
    this.#starting = true;
    for (const hook of compiled.plan.startup.filter(isPerRun)) {
      const draft = openDraft(store.current);
      const error = (await this.#run(hook, 'startup', { state: draft })) ?? this.#commit(hook, draft);
      if (!error) this.#succeeded++;
      // A hook that was aborted is no failure of the run, which has ended otherwise.
      if (this.#controller.signal.aborted) break;
      if ((failure = error)) break;
    }
    this.#starting = false;
    return failure;
  }

  /** Runs what has been started, in reverse, with the outcome; returns what went wrong. */
  async shutdown({ status, error }: Ending): Promise<readonly HookError[]> {
    const { compiled, store, run, meter, prefix } = this.#scope;
    const { input, output } = meter.total;
    const outcome = Object.freeze({ status, error, text: run.transcript.textUnder(prefix), usage: { input, output } });
    const errors: HookError[] = [];
    for (const hook of compiled.plan.shutdown.filter(isPerRun)) {
      if (hook.partner >= this.#succeeded) continue;
      // Frozen: the run's last version is committed, so a change here would be lost without a word.
      const failed = await this.#run(hook, 'shutdown', { state: toPlain(store.current, 'state'), outcome });
      if (failed) errors.push(failed);
    }
    return errors;
  }

  /** The run ends while it starts up; shutdown hooks are never aborted, only bounded by their timeout. */
  abort(reason: unknown): void {
    if (this.#starting) this.#controller.abort(reason);
  }

  #commit(hook: PlanHook, draft: object): Error | undefined {
    const { store, compiled } = this.#scope;
    try {
      const changes = diffDraft(store.current, draft, compiled.plan.merge);
      store.commit(hook.name, store.current, store.version, changes, false);
      store.publish();
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  #run(hook: PlanHook, phase: 'startup' | 'shutdown', facts: object): Promise<HookError | undefined> {
    const { compiled, instance, run } = this.#scope;
    const { clock, teller, id: runId, context } = run;
    return runHook({
      ...hookOf(compiled, instance, hook, phase),
      clock,
      signal: phase === 'startup' ? this.#controller.signal : undefined,
      tellers: [teller],
      facts: { runId, context, ...facts },
    });
  }
}

const isPerRun = (hook: PlanHook): boolean => hook.per === 'run';
