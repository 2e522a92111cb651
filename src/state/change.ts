/**
 * One difference between an activation's version of the state and what its body left (A.3).
 * A path is a chain of object keys from the top of the state; an array's elements stand in it by index.
 */
export type Change =
  | { readonly op: 'set'; readonly path: readonly string[]; readonly value: unknown }
  | { readonly op: 'delete'; readonly path: readonly string[] }
  /** What was appended to the array at the path; a field that merges by `append` begins as `[]` where it is absent. */
  | { readonly op: 'grow'; readonly path: readonly string[]; readonly items: readonly unknown[] }
  /** A top-level field that merges by `sum` or a function: its new value, undefined where the body has deleted it. */
  | { readonly op: 'merge'; readonly path: readonly [string]; readonly mine: unknown };
