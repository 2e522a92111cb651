import type { EventType } from './events.js';

/** What of a run was told before, by an earlier segment of it or an earlier execution of this one. */
export interface Told {
  /** The number of the last event. */
  readonly seq: number;
  /** Whether this very event was told, so that it isn't told again; asked in the order of telling. */
  tells?(type: EventType, facts: object): boolean;
}
