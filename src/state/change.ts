/**
 * One difference between an activation's version of the state and what its body left (A.3).
 * `set` and `delete` stand at a path of object keys (array elements by index); `grow` appends to the array at the path.
 */
export type Change =
  | { readonly op: 'set'; readonly path: readonly string[]; readonly value: unknown }
  | { readonly op: 'delete'; readonly path: readonly string[] }
  | { readonly op: 'grow'; readonly path: readonly string[]; readonly items: readonly unknown[] }
  /** A top-level field that the class declares a merge for: its whole value, to be merged with whatever is committed. */
  | { readonly op: 'merge'; readonly path: readonly [string]; readonly base: unknown; readonly mine: unknown };
