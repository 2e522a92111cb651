/** What a step gets from the steps before it. */
export interface Given {
  /** The output of the parent that arrived, or what its `goto` carried. */
  readonly input: unknown;
  /** Of a join: every output that arrived, by name. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Of an item of an each. */
  readonly item?: unknown;
  /** Of an any-join whose branches have all failed: what it has to report instead of running. */
  readonly failure?: AggregateError;
}

/** The commonest: nothing. */
export const NOTHING: Given = Object.freeze({ input: undefined });
