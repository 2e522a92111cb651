/** What makes a run durable: a list of what has happened in it. Any engine that can do this can carry the walk. */
export interface Recorder {
  /**
   * Runs `body` and records what it gives, as plain JSON, in the place of this call among all calls; where an earlier
   * execution has recorded something in that place, gives that without running anything. Rejects, and has recorded
   * nothing, when the run is no longer this execution's.
   */
  record<T>(name: string, body: () => Promise<T>): Promise<T>;
}
