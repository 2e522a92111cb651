import { StepstreamError, type ErrorFacts } from './stepstream-error.js';

/** A call that can't be carried out as it stands: wrong options, a late iterator, an id in use … */
export class MisuseError extends StepstreamError {
  override readonly name: string = 'MisuseError';

  constructor(facts: ErrorFacts) {
    super(facts);
  }
}

/** An iterator came after the turn in which `run()` was called: what was said until then is gone. */
export class LateIteratorError extends MisuseError {
  override readonly name = 'LateIteratorError';

  constructor(pipeline: string) {
    super({
      code: 'LATE_ITERATOR',
      message: `This run of ${pipeline} began before anybody iterated over it, so its first events are gone.`,
      remedy:
        'Start the loop in the same turn as run(), keep events with run(state, { buffer: 10_000 }), or read result.text.',
    });
  }
}

/** Tokens that a `run.tokens()` loop has already given out stopped counting, and it has no `onReset`. */
export class TokensResetError extends MisuseError {
  override readonly name = 'TokensResetError';

  constructor(step: string) {
    super({
      code: 'TOKENS_RESET',
      message: `Tokens of "${step}" that were already read have stopped counting.`,
      remedy: 'Give run.tokens({ onReset }) a function that takes them back, or loop over the events.',
    });
  }
}
