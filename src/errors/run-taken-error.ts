import { StepstreamError } from './stepstream-error.js';

/** Another worker has taken over the run that this one was at: what this one still writes is refused. */
export class RunTakenError extends StepstreamError {
  override readonly name = 'RunTakenError';
  readonly runId: string;

  constructor(runId: string) {
    super({
      code: 'RUN_TAKEN',
      message: `The run "${runId}" has been taken over by another worker, and nothing that this one still writes of it counts.`,
      remedy: 'Leave the run to the other worker: it goes on from what was recorded.',
    });
    this.runId = runId;
  }
}
