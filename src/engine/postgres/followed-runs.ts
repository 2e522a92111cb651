import type pg from 'pg';
import type { BusReader, BusReading } from '../../ports/token-bus.js';
import type { RunEvent } from '../../run/events.js';
import { FollowedRun } from '../durable/followed-run.js';
import { channelOf } from './channel-of.js';
import type { PgListener } from './pg-listener.js';
import { readEvents, runsAhead } from './read-events.js';

/** How soon a reading tries again that could not load. */
const AGAIN = 250;

/** What is told on a channel begins with the id of the run, and few of the runs are read here. */
const ID = /^\[("(?:[^"\\]|\\.)*")/;

/** What the readings of a process are made of. */
export interface FollowedRunsOptions {
  readonly pool: pg.Pool;
  readonly listener: PgListener;
  /** Resolves when the tables are there. */
  readonly ready: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** All readings of a process. */
export class FollowedRuns {
  readonly #options: FollowedRunsOptions;
  readonly #runs = new Map<string, Set<FollowedRun>>();
  readonly #channels = new Map<string, { readonly readings: Set<FollowedRun>; readonly stop: () => void }>();

  constructor(options: FollowedRunsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#runs.size;
  }

  follow(runId: string, after: number, reader: BusReader): BusReading {
    const { pool, ready, onError } = this.#options;
    const reading: FollowedRun = new FollowedRun({
      after,
      reader,
      load: async (seen) => {
        await ready();
        return readEvents(pool, runId, seen);
      },
      onError: (error) => {
        setTimeout(() => reading.look(), AGAIN);
        onError(error);
      },
      onClose: () => this.#leave(runId, reading),
    });
    this.#runs.set(runId, (this.#runs.get(runId) ?? new Set()).add(reading));
    this.#channel(channelOf(runId)).add(reading);
    // What is stored while nobody listens yet is looked for when somebody does.
    reading.look();
    return reading;
  }

  /** Looks whether something was stored that nobody told. */
  async poll(): Promise<void> {
    const seen = new Map([...this.#runs].map(([runId, readings]) => [runId, lowest(readings)]));
    if (seen.size === 0) return;
    for (const runId of await runsAhead(this.#options.pool, seen))
      for (const reading of this.#runs.get(runId) ?? []) reading.look();
  }

  close(): void {
    for (const reading of [...this.#runs.values()].flatMap((readings) => [...readings])) reading.close();
  }

  #channel(name: string): Set<FollowedRun> {
    const there = this.#channels.get(name);
    if (there !== undefined) return there.readings;
    const readings = new Set<FollowedRun>();
    const stop = this.#options.listener.listen(name, {
      onPayload: (payload) => this.#hear(payload),
      onListening: () => readings.forEach((reading) => reading.look()),
    });
    this.#channels.set(name, { readings, stop });
    return readings;
  }

  #hear(payload: string): void {
    const id = ID.exec(payload);
    const readings = id === null ? undefined : this.#runs.get(JSON.parse(id[1]) as string);
    if (readings === undefined) return;
    const [, first, last, ...events] = JSON.parse(payload) as [string, number, number, RunEvent[]?];
    for (const reading of [...readings]) reading.offer(first, last, events[0]);
  }

  #leave(runId: string, reading: FollowedRun): void {
    const readings = this.#runs.get(runId);
    if (readings?.delete(reading) && readings.size === 0) this.#runs.delete(runId);
    const name = channelOf(runId);
    const channel = this.#channels.get(name);
    if (!channel?.readings.delete(reading) || channel.readings.size > 0) return;
    this.#channels.delete(name);
    channel.stop();
  }
}

function lowest(readings: ReadonlySet<FollowedRun>): number {
  return Math.min(...[...readings].map(({ seen }) => seen));
}
