import { StepstreamError } from '../errors/stepstream-error.js';

/** A model's stream ended without saying why: the connection was cut, and the answer is only a part. */
export class ModelStreamCutError extends StepstreamError {
  override readonly name = 'ModelStreamCutError';
  /** What the model was. */
  readonly model: string;
  /** How many tokens had come until then. */
  readonly tokens: number;

  constructor(model: string, tokens: number) {
    super({
      code: 'MODEL_STREAM_CUT',
      message: `The stream of ${model} ended after ${tokens} token${tokens === 1 ? '' : 's'} without a finish_reason, so the answer is cut off.`,
      remedy: 'Retry the step (option retry), or give it a handler (option onError).',
    });
    this.model = model;
    this.tokens = tokens;
  }
}
