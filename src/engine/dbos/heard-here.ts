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

/** How far the listeners have been told of a run, and how many handles of it there are. */
interface Heard {
  seq: number;
  handles: number;
}

/**
 * Which events of runs that were started here the listeners of an instance have been told, by a worker of this process or by
 * another handle of the same run: what comes of those again would be told twice.
 */
export class HeardHere {
  readonly #runs = new Map<string, Heard>();
  readonly #listeners: Listeners;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
    for (const type of TYPES) listeners.on(type, this.#hear);
  }

  /** A run is started here, or was before; its events have a higher number. */
  begin(runId: string, seq: number): void {
    const known = this.#runs.get(runId);
    if (known) known.handles++;
    else this.#runs.set(runId, { seq, handles: 1 });
  }

  isNews({ runId, seq }: RunEvent): boolean {
    return seq > (this.#runs.get(runId)?.seq ?? 0);
  }

  end(runId: string): void {
    const known = this.#runs.get(runId);
    if (known && --known.handles === 0) this.#runs.delete(runId);
  }

  close(): void {
    for (const type of TYPES) this.#listeners.off(type, this.#hear);
  }

  readonly #hear = ({ runId, seq }: RunEvent): void => {
    const known = this.#runs.get(runId);
    if (known) known.seq = seq;
  };
}
