import { BlueprintError } from '../../../src/errors/blueprint-error.js';
import { compile } from '../../../src/plan/compile.js';
import type { PipelineClass } from '../../../src/scanner/pipeline-class.js';
import { buildPipeline, type HandlerSpec, type StepSpec } from '../../support/build-class.js';

/** A step for classes whose mistake is elsewhere. */
export const only: StepSpec = { name: 'only' };

/** The one error that a class throws, or nothing. */
export function errorOf(pipelineClass: PipelineClass): BlueprintError | undefined {
  try {
    compile(pipelineClass);
  } catch (error) {
    if (error instanceof BlueprintError) return error;
    throw error;
  }
  return undefined;
}

/** The full message of that error. */
export const messageOf = (pipelineClass: PipelineClass): string => errorOf(pipelineClass)?.message ?? 'no problem';

/** The message of a class with these steps. */
export const ofSteps = (...steps: StepSpec[]): string => messageOf(buildPipeline({ name: 'Bot', steps }));

/** The message of a class with this step and these handlers. */
export const ofHandlers = (step: StepSpec, ...handlers: HandlerSpec[]): string =>
  messageOf(buildPipeline({ name: 'Bot', steps: [step], handlers }));
