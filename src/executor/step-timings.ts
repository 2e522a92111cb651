import type { StepTiming } from '../ports/run-store.js';
import type { RunEvent } from '../run/events.js';
import type { RunStatus } from '../run/ledger.js';

type StepEvent = Extract<RunEvent, { readonly visit: number }>;

/** When each visit and item of a run has run, in the order of their starts, as its events tell it. */
export class StepTimings {
  /** By key. One that begins anew, inside a sub-pipeline that is tried again, takes the place of the one before. */
  #all = new Map<string, StepTiming>();

  /** Hears an event. */
  take(event: RunEvent): void {
    if (event.type === 'token' || !('visit' in event)) return;
    const key = keyOf(event);
    const { at, attempt } = event;
    if (event.type === 'step-start') {
      this.#all.delete(key);
      this.#all.set(key, { key, startedAt: at, status: 'running', attempt });
      return;
    }
    // The first that is heard of it, where the record of an earlier segment is gone.
    const before = this.#all.get(key) ?? { key, startedAt: at, status: 'running', attempt };
    const status = statusBy(event);
    if (status !== undefined) this.#all.set(key, { ...before, attempt, status, endedAt: at });
    else if (event.type === 'step-retry') this.#all.set(key, { ...before, attempt: attempt + 1 });
  }

  /** Goes on from what a record of an earlier segment says; what this one has told already counts. */
  goOnFrom(earlier: readonly StepTiming[]): void {
    const own = this.#all;
    // What ran when its process died is going to run again.
    this.#all = new Map(earlier.filter(({ status }) => status !== 'running').map((step) => [step.key, step]));
    for (const [key, timing] of own) {
      const before = this.#all.get(key);
      this.#all.delete(key);
      this.#all.set(key, before?.status === 'suspended' ? { ...timing, startedAt: before.startedAt } : timing);
    }
  }

  /** The segment has ended: what is still open waits for what is inside it, or was left behind. */
  close(status: RunStatus, abandoned: readonly string[]): void {
    const left = new Set(abandoned);
    for (const timing of this.#all.values()) {
      if (left.has(timing.key)) this.#all.set(timing.key, { ...timing, status: 'abandoned' });
      else if (timing.status === 'running' && status === 'suspended')
        this.#all.set(timing.key, { ...timing, status: 'suspended' });
    }
  }

  get all(): readonly StepTiming[] {
    return [...this.#all.values()];
  }
}

/** What an event says has become of its step, if it says anything of that. */
function statusBy(event: StepEvent): StepTiming['status'] | undefined {
  if (event.type === 'step-end') return event.status;
  if (event.type === 'step-skip') return 'skipped';
  if (event.type === 'step-suspend') return 'suspended';
  if (event.type === 'step-cancel') return event.why;
  return event.type === 'step-error' && !event.handled ? 'failed' : undefined;
}

/** As activations have it (B.6). */
function keyOf({ step, path, visit, index }: StepEvent & { readonly index?: number }): string {
  const own = `${step}${visit > 1 ? `#${visit}` : ''}${index === undefined ? '' : `[${index}]`}`;
  return path.length === 0 ? own : `${path.join('/')}/${own}`;
}
