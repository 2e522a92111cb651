import type { Family } from '../../decorators/family.js';
import type { Open } from '../../decorators/outputs.js';
import type { AnswerOf, AskKey, AskOf, SuspendingStep } from '../../decorators/suspending.js';

/** What one step waits for. */
export interface Asked<K extends string, A> {
  readonly step: K;
  /** Under which the answer is given to `resume`. */
  readonly key: string;
  /** Where the step is nested: the segments of its key without the last. */
  readonly path: readonly string[];
  /** What it asks. */
  readonly ask: A;
  /** Milliseconds since the epoch until which an answer is taken. */
  readonly expiresAt?: number;
}

type AskedIn<P> = P extends unknown
  ? Open<P> extends true
    ? Asked<string, unknown>
    : { [K in SuspendingStep<P>]: Asked<K, AskOf<P, K>> }[SuspendingStep<P>]
  : never;

/** What a suspended run of `P` waits for, those of its sub-pipelines included. */
export type Ask<P> = AskedIn<Family<P>>;

/**
 * Answers to a suspended run, by key; some may come later. The keys of a sub-pipeline's steps are paths, whose answers only
 * a schema can check.
 */
export type Answers<P> =
  Open<P> extends true
    ? Readonly<Record<string, unknown>>
    : { readonly [K in SuspendingStep<P> as AskKey<P, K>]?: AnswerOf<P, K> } & {
        readonly [path: `${string}/${string}`]: unknown;
      };
