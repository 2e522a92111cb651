import { StepstreamError } from './stepstream-error.js';

/** Somebody else has resumed this segment of the run before; `answers` are his. */
export class AlreadyResumedError extends StepstreamError {
  override readonly name = 'AlreadyResumedError';
  /** What the winner has answered, by step key. */
  readonly answers: Readonly<Record<string, unknown>>;

  constructor(pipeline: string, runId: string, answers: Readonly<Record<string, unknown>>) {
    super({
      code: 'ALREADY_RESUMED',
      message: `${pipeline}: the run "${runId}" was resumed by somebody else, with answers for ${Object.keys(answers).join(', ') || 'nothing'}.`,
      remedy: 'See `answers` for what was answered, and attach to that run or wait for its next checkpoint.',
    });
    this.answers = answers;
  }
}
