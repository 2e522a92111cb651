import { RunTakenError } from '../../errors/run-taken-error.js';
import type { SegmentControl } from '../durable/execute-segment.js';

/** One execution of a run in this process. */
export class LiveRun {
  #control: SegmentControl | undefined;
  #reason: string | undefined;
  #leave: (() => void) | undefined;
  readonly left = new Promise<void>((resolve) => (this.#leave = resolve));
  readonly #onLeave: () => void;

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  /** It has begun. */
  begin(control: SegmentControl): void {
    this.#control = control;
    if (this.#reason !== undefined) void control.cancel(this.#reason);
  }

  /** Ends it, also before it has begun. */
  cancel(reason: string): void {
    this.#reason ??= reason;
    void this.#control?.cancel(this.#reason);
  }

  /** Ends it, and tells nobody. */
  giveUp(error: unknown): void {
    this.#control?.giveUp(error);
  }

  leave(): void {
    this.#onLeave();
    this.#leave!();
  }
}

/** The runs that are executed in this process, one execution of each at a time. */
export class LiveRuns {
  readonly #runs = new Map<string, LiveRun>();

  get ids(): readonly string[] {
    return [...this.#runs.keys()];
  }

  get(runId: string): LiveRun | undefined {
    return this.#runs.get(runId);
  }

  /** Ends all, and tells nobody: they go on elsewhere. Resolves when they have ended. */
  async giveUp(): Promise<void> {
    const live = [...this.#runs];
    for (const [runId, run] of live) run.giveUp(new RunTakenError(runId));
    await Promise.all(live.map(([, { left }]) => left));
  }

  /** Resolves when an older execution of the run, which has lost it, has ended. */
  async enter(runId: string): Promise<LiveRun> {
    for (let other = this.#runs.get(runId); other !== undefined; other = this.#runs.get(runId)) await other.left;
    const live = new LiveRun(() => this.#runs.delete(runId));
    this.#runs.set(runId, live);
    return live;
  }
}
