import type { EventType, RunEvent } from '../../run/events.js';
import type { Listeners } from '../../run/listeners.js';

const TYPES: readonly EventType[] = [
  ...([
    'run-start',
    'run-end',
    'hook-start',
    'hook-end',
    'step-start',
    'step-end',
    'step-retry',
    'step-error',
  ] as const),
  ...(['step-suspend', 'step-skip', 'step-cancel', 'token', 'token-reset', 'join', 'state-change', 'usage'] as const),
  ...(['custom', 'observer-error'] as const),
];

/**
 * Which events of runs that were started here the listeners of an instance have been told by a worker of this process: what
 * comes back of those would be told twice.
 */
export class HeardHere {
  readonly #last = new Map<string, number>();
  readonly #listeners: Listeners;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
    for (const type of TYPES) listeners.on(type, this.#hear);
  }

  /** A run is started here. */
  begin(runId: string, seq: number): void {
    this.#last.set(runId, seq);
  }

  isNews({ runId, seq }: RunEvent): boolean {
    return seq > (this.#last.get(runId) ?? 0);
  }

  end(runId: string): void {
    this.#last.delete(runId);
  }

  close(): void {
    for (const type of TYPES) this.#listeners.off(type, this.#hear);
  }

  readonly #hear = ({ runId, seq }: RunEvent): void => {
    if (this.#last.has(runId)) this.#last.set(runId, seq);
  };
}
