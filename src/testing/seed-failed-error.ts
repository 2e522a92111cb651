import { StepstreamError, type ErrorFacts } from '../errors/stepstream-error.js';

/** A test has failed under one seed; `cause` is what it threw. */
export class SeedFailedError extends StepstreamError {
  override readonly name = 'SeedFailedError';
  /** `explore({ seed }, …)` replays it. */
  readonly seed: string;
  /** What was decided by the seed, in order: the keys of each report, and the moments to which time has passed. */
  readonly decisions!: readonly string[];

  constructor(facts: Omit<ErrorFacts, 'code'>, seed: string, decisions: readonly string[]) {
    super({ ...facts, code: 'SEED_FAILED' });
    this.seed = seed;
    // Kept out of logs: the message has the beginning.
    Object.defineProperty(this, 'decisions', { value: decisions, enumerable: false });
  }
}
