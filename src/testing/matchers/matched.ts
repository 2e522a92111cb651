/** What a matcher answers: vitest and Jest take the same. */
export interface Matched {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}

/** What a matcher is called on: vitest's and Jest's own, as far as it is used here. */
export interface MatcherContext {
  readonly isNot?: boolean;
  equals(a: unknown, b: unknown): boolean;
}

/** "to have taken", or "not to have taken". */
export const expectation = ({ isNot }: MatcherContext, what: string): string => `${isNot ? 'not ' : ''}${what}`;
