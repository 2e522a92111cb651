import type { Pipeline } from 'stepstream';
import type { PipelineMember } from '../../decorators/outputs.js';

/** Compiles only where no name is in one of the two alone. */
type Same<A, B> = [Exclude<A, B> | Exclude<B, A>] extends [never] ? true : Exclude<A, B> | Exclude<B, A>;

/** A step could be called like any member that is missing from the list; symbols are no step's name. */
export const same: Same<Extract<keyof Pipeline<object>, string>, PipelineMember> = true;
