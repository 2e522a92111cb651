import type { Plan } from '../plan/plan.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../run/event-log.js';
import type { Outputs } from '../run/outputs.js';
import type { Teller } from '../run/teller.js';
import type { Transcript } from '../run/transcript.js';
import type { UsageMeter } from '../run/usage-meter.js';
import type { Slots } from './slots.js';

/** A method of the pipeline class, as the executor calls it. */
export type Body = (context: unknown) => unknown;

/** What one activation may know of its run. */
export interface RunScope {
  readonly plan: Plan;
  readonly instance: object;
  readonly id: string;
  /** What the caller passed as `context`. */
  readonly context: unknown;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly teller: Teller;
  readonly transcript: Transcript;
  readonly meter: UsageMeter;
  readonly outputs: Outputs;
  /** Whether exactly one activation is alive. */
  readonly alone: boolean;
  readonly over: boolean;
  /** The calls of a step with `concurrency`, over all runs of the instance. */
  slotsOf(step: string, limit: number): Slots;
  handler(name: string): Body;
  /** A body has ignored its signal and was left behind. */
  noteAbandoned(key: string): void;
}
