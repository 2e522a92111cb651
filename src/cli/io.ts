/** Something to write to: a stream of the process, or what a test listens with. */
export interface Output {
  write(text: string): unknown;
  /** Whether somebody looks at it. */
  readonly isTTY?: boolean;
  /** How many characters fit on a line of it, if somebody looks. */
  readonly columns?: number;
}

/** What asks a command to end; `SIGPIPE` says that nobody reads its output any more. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGPIPE';

/** What a command says to and hears from: the process, or a stand-in for it. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Where paths begin. */
  readonly cwd: string;
  /** The version of Node.js: `20.19.0`. */
  readonly nodeVersion: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls back when the command is asked to end; the returned function stops that. */
  onSignal(listener: (signal: EndSignal) => void): () => void;
  /**
   * Gives the listener what others write to the terminal meanwhile, such as the steps of a pipeline, to be written when it
   * is time; the returned function stops that.
   */
  onForeignWrite(listener: (write: () => void) => void): () => void;
}
