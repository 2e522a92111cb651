import type { StandardSchema } from '../../decorators/standard-schema.js';
import type { Compiled } from '../plan/compile.js';

/** By class and step: the schema that a `suspend()` of this process has given for its answer. */
const seen = new WeakMap<Compiled, Map<string, StandardSchema<unknown>>>();

/** Keeps the schema that a step has given to `suspend()`, for a checkpoint can't hold it. */
export function rememberSchema(compiled: Compiled, step: string, schema: StandardSchema<unknown>): void {
  const known = seen.get(compiled) ?? new Map<string, StandardSchema<unknown>>();
  seen.set(compiled, known.set(step, schema));
}

/** The schema for answers of a step: that of its decorator, or else the one that this process has seen. */
export function schemaOf(compiled: Compiled, step: string): StandardSchema<unknown> | undefined {
  const { answer } = compiled.plan.steps.find(({ name }) => name === step)!;
  return answer ?? seen.get(compiled)?.get(step);
}
