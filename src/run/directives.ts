import { DIRECTIVE, type Directive, type Skip, type Stop } from '../../decorators/directive.js';

function createDirective<Kind extends string>(kind: Kind): Directive<Kind> {
  const directive = { '~directive': kind };
  Object.defineProperty(directive, DIRECTIVE, { value: true });
  return Object.freeze(directive);
}

const SKIP = createDirective('skip');
const STOP = createDirective('stop');

/** Return it to end the step without an output: its edges close without arrival, a join goes on without it. */
export const skip = (): Skip => SKIP;

/** Return it to end the pipeline with success: what is alive ends by itself and commits, nothing new starts. */
export const stop = (): Stop => STOP;

/** Tells a directive by its brand: no plain data, and so no model's JSON, can carry it. */
export function isDirective(value: unknown): value is Directive<string> {
  return typeof value === 'object' && value !== null && DIRECTIVE in value;
}
