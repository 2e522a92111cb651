import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../run/event-log.js';
import type { Teller } from '../run/teller.js';
import type { Transcript } from '../run/transcript.js';
import type { UsageMeter } from '../run/usage-meter.js';
import type { Host } from './host.js';
import type { Membership } from './membership.js';

/** A method of the pipeline class, as the executor calls it. */
export type Body = (context: unknown) => unknown;

/** What one activation may know of its run, however deep it is nested in it. */
export interface RunScope {
  readonly id: string;
  /** What the caller passed as `context`. */
  readonly context: unknown;
  readonly clock: Clock;
  /** A number from 0 to below 1, for jitter. */
  readonly random: () => number;
  readonly log: EventLog;
  readonly teller: Teller;
  readonly transcript: Transcript;
  readonly meter: UsageMeter;
  /** Whether exactly one activation is alive. */
  readonly alone: boolean;
  /** Whether the run's end is decided: nothing starts any more. */
  readonly ending: boolean;
  readonly over: boolean;
  /** Ends the run as failed. */
  fail(error: Error): void;
  /** The stay at the instance of a child, which keeps it up until the run has ended (G.5). */
  stayAt(host: Host): Membership;
  /** Hooks that have failed without changing the outcome (G.3). */
  warn(errors: readonly Error[]): void;
  /** A body has ignored its signal and was left behind. */
  noteAbandoned(key: string): void;
}
