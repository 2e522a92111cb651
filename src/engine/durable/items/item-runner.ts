import type { RunEvent } from '../../../run/events.js';
import type { StoredEnd } from '../stored-end.js';
import type { ItemOrder } from './item-order.js';

/** Has the items of a distributed each executed in whatever process. */
export interface ItemRunner {
  /** Has an item executed, unless it is or was already, and follows it from its first event. */
  start(order: ItemOrder): Promise<ItemElsewhere>;
}

/** An item that is executed elsewhere. */
export interface ItemElsewhere {
  /** What it tells, in order, until its end. */
  readonly events: AsyncIterable<RunEvent>;
  /** How it has ended; resolves when it has. */
  end(): Promise<StoredEnd>;
  /** Asks for its end; resolves, when that is recorded, to whether it has begun. */
  cancel(reason: unknown): Promise<boolean>;
  /** Follows it no longer; it goes on. */
  leave(): void;
}
