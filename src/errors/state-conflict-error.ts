import { brandAsEnding } from './ends-run.js';
import { StepstreamError } from './stepstream-error.js';

/** Two parallel steps have changed the same part of the state, and the class does not say how to merge it. */
export class StateConflictError extends StepstreamError {
  override readonly name = 'StateConflictError';
  /** The step whose commit came second. */
  readonly step: string;
  /** The step that had last committed that path. */
  readonly other: string;
  /** The path in the state, from the top. */
  readonly path: readonly string[];

  constructor(step: string, other: string, path: readonly string[]) {
    const shown = `state${path.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('')}`;
    super({
      code: 'STATE_CONFLICT',
      message: `"${step}" and "${other}" have both changed ${shown} in parallel, and only one change could be kept.`,
      remedy: `Return the values as outputs and join them, or say how to merge: static readonly pipeline = { merge: { ${path[0]}: 'sum' } } ('sum', 'append' or a function).`,
    });
    this.step = step;
    this.other = other;
    this.path = path;
    brandAsEnding(this);
  }
}
