/** A suspended run as plain JSON: keep it wherever you like, and give it to `resume` in this process or another. */
export interface Checkpoint {
  /** The version of the format. */
  readonly v: 1;
  readonly runId: string;
  /** The segment that has ended; `resume` begins the next one. */
  readonly segment: number;
  /** The name of the pipeline. */
  readonly pipeline: string;
  /** Of the plan that was suspended; another plan is refused unless its class migrates. */
  readonly fingerprint: string;
  readonly data: unknown;
}
