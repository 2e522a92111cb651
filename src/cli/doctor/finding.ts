/** What was looked at: as it should be, or with what to do about it. */
export interface Finding {
  /** One sentence without a full stop. */
  readonly what: string;
  /** One imperative sentence; absent where nothing is wrong. */
  readonly remedy?: string;
}
