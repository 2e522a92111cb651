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
