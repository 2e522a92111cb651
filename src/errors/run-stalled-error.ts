import { StepstreamError } from './stepstream-error.js';

/** Nothing moves any more although steps wait: a mistake of stepstream itself, told instead of hanging or succeeding. */
export class RunStalledError extends StepstreamError {
  override readonly name = 'RunStalledError';

  constructor(pipeline: string, waits: readonly string[]) {
    super({
      code: 'RUN_STALLED',
      message: `This run of ${pipeline} can't go on: ${waits.join('; ')}.`,
      remedy: 'Please report it with the graph of the class.',
    });
  }
}
