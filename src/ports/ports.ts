import type { Clock } from './clock.js';
import type { Told } from '../run/told.js';
import type { Engine } from './engine.js';

/** The key under which run options carry stand-ins for the ports; for engines and test harnesses, not for authors. */
export const PORTS: unique symbol = Symbol.for('stepstream/ports@1') as never;

/** What the core asks of the outside for one run. */
export interface Ports {
  readonly clock: Clock;
  /** Makes the engine of this run; `run` is the executor's own view of it, for engines that know the executor. */
  readonly engine: (run: object) => Engine;
  /** A number from 0 to below 1, for jitter. */
  readonly random: () => number;
  /** The id of a run that was given none. */
  readonly newId: () => string;
  /** When the answers of a resumed run are taken to be given, in milliseconds since the epoch; now by default. */
  readonly answeredAt?: number | undefined;
  /** Whether it executes a part of a run that has its id, and is told of, elsewhere: only who reads its log hears of it. */
  readonly isPart?: boolean;
  /** What earlier executions of the same segment have told; none by default. */
  readonly past?: Told;
}
