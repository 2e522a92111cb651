import type { AnyPipeline, StateOf } from './context.js';
import type { StandardSchema } from './standard-schema.js';

/** The key that makes an object a directive; a model's JSON can't carry a symbol, so it can't steer. */
export const DIRECTIVE: unique symbol = Symbol.for('stepstream/directive@1') as never;

/** What a step returns to steer the run instead of giving an output. */
export interface Directive<Kind extends string> {
  readonly '~directive': Kind;
}
/** Ends the pipeline with success; what is alive ends by itself and commits, nothing new starts. */
export type Stop = Directive<'stop'>;
/** Ends the step without an output; its edges close without arrival. */
export type Skip = Directive<'skip'>;

/** Leads to one step instead of those in `to`. */
export interface Goto<K extends string = string, Input = unknown> extends Directive<'goto'> {
  readonly step: K;
  /** What that step gets instead of this step's output. */
  readonly input: Input;
}

/** Gives this attempt up and asks for another one. */
export interface Retry extends Directive<'retry'> {
  /** Milliseconds before the next attempt; the step's own delay by default. */
  readonly delay?: number;
}

/** Ends the step until somebody has answered: the answer is then its output. */
export interface Suspend<Answer = unknown, Ask = unknown> extends Directive<'suspend'> {
  /** What is asked, plain data. */
  readonly ask: Ask;
  /** Validates the answer. */
  readonly answer?: StandardSchema<Answer>;
  /** Milliseconds for which an answer is taken. */
  readonly expiresIn?: number;
  /** Types only; never set. */
  readonly '~answer'?: Answer;
}

/** Runs another pipeline as this step: its final state is the output. */
export interface Call<Child extends AnyPipeline = AnyPipeline> extends Directive<'call'> {
  readonly pipeline: Child;
  /** The initial state of its run. */
  readonly state: StateOf<Child>;
}
