/** Tables that belong together, and how they came to be what they are. */
export interface SchemaGroup {
  readonly name: string;
  /**
   * The statements that lead from each version to the next, the first from nothing to 1. What is released is never
   * changed, only added to, and in such a way that a process of the version before can go on.
   */
  readonly versions: readonly (readonly string[])[];
}
