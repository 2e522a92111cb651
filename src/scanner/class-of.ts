import { MisuseError } from '../errors/misuse-error.js';
import type { PipelineClass } from './pipeline-class.js';

/** The class of a pipeline, given the class itself or an instance; throws a `MisuseError` for anything else. */
export function classOf(classOrInstance: PipelineClass | object): PipelineClass {
  const found: unknown =
    typeof classOrInstance === 'function'
      ? classOrInstance
      : typeof classOrInstance === 'object' && classOrInstance !== null
        ? // Not `instance.constructor`: a field of that name would answer for the class.
          (Object.getPrototypeOf(classOrInstance) as { constructor?: unknown } | null)?.constructor
        : undefined;
  if (typeof found === 'function' && typeof found.prototype === 'object') return found as PipelineClass;
  throw new MisuseError({
    code: 'NOT_A_PIPELINE',
    message: `Expected a pipeline class or an instance of one, got ${describe(classOrInstance)}.`,
    remedy: 'Pass the class that extends Pipeline, or an object made by it.',
  });
}

const describe = (value: unknown): string =>
  typeof value === 'function'
    ? 'a function that is no class'
    : value === null || typeof value !== 'object'
      ? String(value)
      : 'an object without a class';
