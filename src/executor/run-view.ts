import type { Cancelable, MiddlewareRun } from '../../decorators/middleware.js';
import type { RunScope } from './run-scope.js';

const views = new WeakMap<RunScope, RunView>();

/** The run as its middleware sees it: one object for the whole of it. */
export function viewOf(run: RunScope): RunView {
  let view = views.get(run);
  if (!view) views.set(run, (view = new RunView(run)));
  return view;
}

/** A run as middleware sees it. Nothing that was asked of it outlives it. */
export class RunView implements MiddlewareRun {
  readonly #run: RunScope;
  /** What takes back the calls that are still to come. */
  readonly #pending = new Set<Cancelable>();
  #over = false;

  constructor(run: RunScope) {
    this.#run = run;
    run.teller.atEnd(() => this.#end());
  }

  get id(): string {
    return this.#run.id;
  }
  get usage(): MiddlewareRun['usage'] {
    return this.#run.meter.total;
  }
  get steps(): number {
    return this.#run.meter.attempts;
  }
  get startedAt(): number {
    return this.#run.meter.startedAt;
  }

  now(): number {
    return this.#run.clock.now();
  }

  after(milliseconds: number, callback: () => void): Cancelable {
    if (this.#over) return NOTHING;
    const timer = this.#run.clock.after(milliseconds, () => {
      pending.cancel();
      this.#call(callback);
    });
    const pending = this.#remember(() => timer.cancel());
    return pending;
  }

  onUsage(callback: () => void): Cancelable {
    return this.#over ? NOTHING : this.#remember(this.#run.meter.watch(() => this.#call(callback)));
  }

  fail(error: Error): void {
    if (this.#over || this.#run.ending) return;
    this.#run.fail(error instanceof Error ? error : new Error(`a middleware has failed the run: ${String(error)}`));
  }

  #remember(takeBack: () => void): Cancelable {
    const pending = {
      cancel: (): void => {
        if (this.#pending.delete(pending)) takeBack();
      },
    };
    this.#pending.add(pending);
    return pending;
  }

  /** What a callback throws has nobody else to go to. */
  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  #end(): void {
    this.#over = true;
    for (const pending of this.#pending) pending.cancel();
  }
}

const NOTHING: Cancelable = Object.freeze({ cancel: () => undefined });
