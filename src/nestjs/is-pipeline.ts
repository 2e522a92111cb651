import type { AnyPipeline } from '../../decorators/context.js';
import { Pipeline } from '../pipeline.js';

/** A pipeline among the providers of an application, whatever its state and context. */
export type AppPipeline = Pipeline<object> & AnyPipeline;

/** A class of pipelines that a module can provide. */
export type AppPipelineClass<P = AppPipeline> = abstract new (...args: never[]) => P;

const MEMBERS = ['run', 'resume', 'open', 'close', 'on', 'once', 'off'] as const;

/** Whether a value is a pipeline, also one that extends the `Pipeline` of another loaded copy of the library. */
export function isPipeline(value: unknown): value is AppPipeline {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Pipeline) return true;
  // A stand-in may answer for any name: only what stands on a prototype counts.
  return descends(Object.getPrototypeOf(value));
}

/** Whether a provider's class makes pipelines. */
export const isPipelineClass = (value: unknown): value is AppPipelineClass =>
  typeof value === 'function' && descends(value.prototype as unknown);

function descends(prototype: unknown): boolean {
  for (let at = prototype; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at) as unknown) {
    if (at === Pipeline.prototype) return true;
    const own = at;
    if (MEMBERS.every((name) => Object.hasOwn(own, name)) && Object.hasOwn(own, Symbol.asyncDispose)) return true;
  }
  return false;
}
