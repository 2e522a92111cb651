/** Time, as the executor sees it: all delays, timeouts and graces go through it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `milliseconds`; what it returns takes the call back. */
  after(milliseconds: number, callback: () => void): Timer;
}

/** A pending call of a clock. */
export interface Timer {
  cancel(): void;
}
