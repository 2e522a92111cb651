import { StepstreamError } from './stepstream-error.js';

/** The schema of a suspension's answer could not be asked: it has thrown, or is no Standard Schema. */
export class AnswerSchemaError extends StepstreamError {
  override readonly name = 'AnswerSchemaError';

  constructor(what: string, remedy: string, cause?: unknown) {
    super({ code: 'ANSWER_SCHEMA_FAILED', message: `The schema of an answer ${what}`, remedy, cause });
  }
}
