import type { RunEvent } from '../run/events.js';

/** Carries the events of runs from the one process that runs them to any that reads them; tokens are most of them. */
export interface TokenBus {
  /**
   * Makes the caller the only writer of a run's events, in an epoch of its own: what the writers before it still push is
   * refused. Rejects with a `RunTakenError` if the caller may not have the run.
   */
  take(runId: string): Promise<BusWriter>;
  /** Gives a reader the events with a `seq` above `after`: those that are stored, and then those to come. */
  read(runId: string, after: number, reader: BusReader): BusReading;
  /** Deletes the events of runs of which nothing was written for so many milliseconds; resolves to how many runs. */
  prune(olderThan: number): Promise<number>;
  /** Writes what is still to be written and lets everything go. */
  close(): Promise<void>;
}

/** Writes the events of one run, in one epoch of it. */
export interface BusWriter {
  /** 1 for the first. */
  readonly epoch: number;
  /** What the epochs before have written and is still stored, in order of `seq`. */
  readonly past: readonly RunEvent[];
  /** The highest `seq` that an event of this run may have got before: this epoch goes on behind it. */
  readonly seq: number;
  /** Whether events of earlier epochs were stored and are lost. */
  readonly lost: boolean;
  /** How many events were pushed and are not stored. */
  readonly pending: number;
  /** Called once, when a later epoch has taken the run: nothing that is pushed is written any more. */
  onTaken: (() => void) | undefined;
  /** Called when everything stored of this run is lost: the writer has to say again what counts. */
  onLost: (() => void) | undefined;
  /** Takes an event, whose `seq` is one above that of the event before, to write it soon. */
  push(event: RunEvent): void;
  /** Resolves when everything pushed so far is stored; rejects with a `RunTakenError` if a later epoch has taken the run. */
  flush(): Promise<void>;
  /** Writes what was pushed, if it still may, and lets go. */
  close(): Promise<void>;
}

/** Takes the events of one run. */
export interface BusReader {
  /**
   * Takes events in order of `seq`, each once; a gap in `seq` says that what stood there is lost. While the promise that
   * it may return is pending it is given none.
   */
  take(events: readonly RunEvent[]): void | Promise<void>;
}

/** One reader at work. */
export interface BusReading {
  /** Resolves when it was given everything that is stored now, or is closed. */
  caughtUp(): Promise<void>;
  /** It is given nothing any more. */
  close(): void;
}
