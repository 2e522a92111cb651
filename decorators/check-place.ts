import type { Err } from './check-target.js';
import type { AnyPipeline } from './context.js';
import type { PipelineMember } from './outputs.js';

/** Steps are public: private and protected methods aren't in `keyof`, so nothing could lead to them. */
export type CheckPlace<P, N> = P extends AnyPipeline
  ? N extends keyof P
    ? N extends PipelineMember
      ? Err<`'${N}' is a member of Pipeline: a step needs another name`>
      : unknown
    : Err<'a step must be a public method'>
  : P extends abstract new (...args: never) => unknown
    ? Err<'a step must not be static'>
    : Err<'the class must extend Pipeline'>;
