import type { AnyPipeline } from '../../../decorators/context.js';
import { MisuseError } from '../../errors/misuse-error.js';
import { compile } from '../../plan/compile.js';
import { classOf } from '../../scanner/class-of.js';

/** A pipeline as a client names it: its class, or an instance of it. */
export type PipelineReference<P extends AnyPipeline> = P | (abstract new (...args: never[]) => P);

/** By what workers know a pipeline; the fingerprint only if its class is at hand. Throws what is wrong with the class. */
export function nameOf(pipeline: PipelineReference<AnyPipeline> | string): {
  readonly name: string;
  readonly fingerprint?: string;
} {
  if (typeof pipeline === 'string') return { name: pipeline };
  const { plan, blueprint } = compile(typeof pipeline === 'function' ? pipeline : classOf(pipeline));
  if (blueprint.named) return { name: plan.pipeline, fingerprint: plan.fingerprint };
  throw new MisuseError({
    code: 'UNNAMED_PIPELINE',
    message: `${plan.pipeline}: an engine knows pipelines by their names, and this one has none but that of its class.`,
    remedy: "Give it one: static readonly pipeline = { name: 'chatbot' }.",
  });
}
