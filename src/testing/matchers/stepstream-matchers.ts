import type { AnyPipeline } from '../../../decorators/context.js';
import type { AnyStep } from '../../../decorators/outputs.js';
import { toBeHonest } from './to-be-honest.js';
import { toHaveFailedWith, type Failing } from './to-have-failed-with.js';
import { toHaveGraph } from './to-have-graph.js';
import { toHaveLedger, type LedgerLine } from './to-have-ledger.js';
import { toHaveSucceeded } from './to-have-succeeded.js';
import { toHaveTaken, type TakenOptions } from './to-have-taken.js';
import { toHaveText, toHaveTokens, type SaidOptions } from './to-have-tokens.js';

type StepOf<T> = T extends { readonly pipeline: infer P } ? (P extends AnyPipeline ? AnyStep<P> : string) : string;
type TokenOf<T> = T extends { readonly tokens: readonly (infer Value)[] } ? Value : unknown;

/** The matchers as types: `T` is what `expect` was given, `R` what a matcher returns. */
export interface StepstreamMatchers<T = unknown, R = void> {
  /** Exactly these steps have ended well (done, recovered or skipped), in this order of their ends. */
  toHaveTaken(path: readonly StepOf<T>[]): R;
  /** The same of what is inside a sub-pipeline step. */
  toHaveTaken(path: readonly string[], options: TakenOptions): R;
  /** Exactly these tokens count at last, in this order. */
  toHaveTokens(tokens: readonly TokenOf<T>[], options?: SaidOptions<StepOf<T>>): R;
  /** The string tokens that count at last make this text, or one like it. */
  toHaveText(text: string | RegExp, options?: SaidOptions<StepOf<T>>): R;
  /** The ledger says so of these steps. */
  toHaveLedger(ledger: { readonly [K in StepOf<T>]?: LedgerLine }): R;
  /** The run has ended as `success`. */
  toHaveSucceeded(): R;
  /** The run has failed with such an error (by its code, class or message), or with one that such an error has caused. */
  toHaveFailedWith(expected: Failing): R;
  /** A class has exactly these edges (`start --> respond`), or a Mermaid drawing exactly the lines of another. */
  toHaveGraph(edges: string | readonly string[]): R;
  /** What the run has told can be true: see `expectHonestEvents`. */
  toBeHonest(): R;
}

/** For `expect.extend(stepstreamMatchers)`, in vitest or Jest; `import 'stepstream/testing/vitest'` does that, with the types. */
export const stepstreamMatchers = {
  toBeHonest,
  toHaveFailedWith,
  toHaveGraph,
  toHaveLedger,
  toHaveSucceeded,
  toHaveTaken,
  toHaveText,
  toHaveTokens,
};
