import type { StateOf } from '../../decorators/context.js';
import type { Open, OutputOf, StepName } from '../../decorators/outputs.js';
import type { Checkpoint } from './checkpoint.js';
import type { Ledger } from './ledger.js';
import type { PlainError } from './plain-error.js';
import type { Ask } from './suspension.js';
import type { UsageTotal } from './usage-total.js';

/** Something that went wrong without changing the outcome: a shutdown hook, a listener, a store. */
export interface Warning {
  readonly code: 'SHUTDOWN_FAILED' | 'LISTENER_FAILED' | 'RECORD_NOT_SAVED';
  readonly message: string;
  readonly error: PlainError;
}

interface ResultBase<P> {
  readonly runId: string;
  /** The last committed version of the state. */
  readonly state: StateOf<P>;
  /** What each step that ended well has returned, by name. */
  readonly outputs: Open<P> extends true
    ? Readonly<Record<string, unknown>>
    : { readonly [K in StepName<P>]?: OutputOf<P, K> };
  /** All string tokens that still count, in the order in which they were sent. */
  readonly text: string;
  /** The same by step key. */
  readonly texts: Readonly<Record<string, string>>;
  readonly usage: UsageTotal;
  readonly ledger: Ledger<P>;
  /** Every failure of a step in the order reported, survived ones included. */
  readonly errors: readonly Error[];
  /** Keys of the steps whose body ignored its signal and was left behind. */
  readonly abandoned: readonly string[];
  readonly warnings: readonly Warning[];
  /** Milliseconds from `run()` to the end. */
  readonly duration: number;
}

/** The outcome of a run of `P`. */
export type RunResult<P> = ResultBase<P> &
  (
    | { readonly status: 'success'; readonly error?: undefined }
    | { readonly status: 'failed' | 'cancelled' | 'timeout'; readonly error: Error }
    | {
        readonly status: 'suspended';
        /** What `resume` goes on from: plain JSON, to be kept until there are answers. */
        readonly checkpoint: Checkpoint;
        /** What the run waits for. */
        readonly asks: readonly Ask<P>[];
        readonly error?: undefined;
      }
  );
