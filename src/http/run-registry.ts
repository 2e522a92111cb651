import type { RunEnd, RunEvent } from '../run/events.js';
import type { AnyPipeline } from '../../decorators/context.js';
import type { AnyRun } from '../run/run.js';
import { CountedEvents } from './counted-events.js';
import { jsonError } from './json-error.js';
import { Readers } from './readers.js';
import { readPosition, type Position } from './read-position.js';
import { invalidRegistryOption, registryDraining, runIdTaken } from './registry-errors.js';
import { checkResponseOptions, type ResponseOptions } from './response-options.js';
import { ResumedEvents } from './resumed-events.js';
import { createResponse } from './to-response.js';

/** How a registry keeps its runs. */
export interface RegistryOptions {
  /** How many of its last events each run keeps for clients that come back. 10,000 by default. */
  readonly buffer?: number;
  /** Milliseconds for which an ended run can still be read. 60,000 by default. */
  readonly keep?: number;
  /** Milliseconds after which a run that no client is attached to is cancelled: the page is gone. Never by default. */
  readonly abandon?: number;
}

/** Whose run it is; a run without an owner is everybody's who knows its id. */
export interface Owned {
  readonly owner?: string;
}

/** How a run of a registry is sent; a client that leaves only detaches, unless `onDisconnect` is `cancel`. */
export type AttachOptions = ResponseOptions & Owned & Position;

/** How a registry is drained. */
export interface DrainOptions {
  /** Milliseconds after which the runs that are still alive are cancelled. 25,000 by default. */
  readonly timeout?: number;
}

interface Entry {
  readonly run: AnyRun;
  readonly owner: string | undefined;
  readonly readers: Readers;
  readonly ended: Promise<void>;
  /** The `seq` of its end. */
  last?: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** Keeps running runs by id, so that a client that has lost its stream can go on with it, or stop it. */
export class RunRegistry {
  /** How many of its last events each run keeps. */
  readonly buffer: number;
  readonly #keep: number;
  readonly #abandon: number | undefined;
  readonly #entries = new Map<string, Entry>();
  #draining = false;

  constructor({ buffer = 10_000, keep = 60_000, abandon }: RegistryOptions = {}) {
    if (!(Number.isSafeInteger(buffer) && buffer > 0)) throw invalidRegistryOption('buffer', 'a whole number above 0');
    if (!(keep >= 0 && keep < 2 ** 31)) throw invalidRegistryOption('keep', 'milliseconds');
    if (abandon !== undefined && !(abandon >= 0 && abandon < 2 ** 31))
      throw invalidRegistryOption('abandon', 'milliseconds');
    this.buffer = buffer;
    this.#keep = keep;
    this.#abandon = abandon;
  }

  /** Whether it takes no more runs. */
  get draining(): boolean {
    return this.#draining;
  }

  /** How many runs are alive. */
  get live(): number {
    return this.#live().length;
  }

  /** Keeps the run that `start` begins with the given options. Throws while the registry is drained. */
  start<R extends AnyRun>(start: (options: { readonly buffer: number }) => R, { owner }: Owned = {}): R {
    if (this.#draining) throw registryDraining();
    const run = start({ buffer: this.buffer });
    const known = this.#entries.get(run.id);
    if (known?.run === run) return run;
    if (known && known.last === undefined) {
      void run.cancel();
      throw runIdTaken(run.id);
    }
    clearTimeout(known?.timer);
    this.#add(run, owner);
    return run;
  }

  /** The run with this id, alive or ended a short time ago, if it is this owner's. */
  find(id: string, { owner }: Owned = {}): AnyRun | undefined {
    return this.#entryOf(id, owner)?.run;
  }

  /**
   * Sends a run from where a client has stopped reading. What can't be sent is a response too, with a JSON error: 400 for
   * a position that is none, 404 for a run that there is not or that is somebody else's, 410 for events that are no longer
   * kept; and 204, without a body, to a client that has read the end. Throws only for options that make no sense.
   */
  async attach(id: string, options: AttachOptions = {}): Promise<Response> {
    checkResponseOptions(options);
    const { onDisconnect = 'detach', format = 'sse' } = options;
    // A text can't begin in its middle: who asks for one gets all of it.
    const after = format === 'sse' || format === 'ndjson' ? readPosition(options) : 0;
    const entry = this.#entryOf(id, options.owner);
    if (entry === undefined) return jsonError(404, 'RUN_NOT_FOUND', 'There is no such run.');
    const { last } = entry;
    if (after === undefined || (last !== undefined && after > last))
      return jsonError(400, 'INVALID_POSITION', 'This is no position in the events of this run.');
    if (after === last) return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
    const events = new CountedEvents(entry.run, entry.run.events({ leave: onDisconnect }));
    const first = await events.next().catch(() => undefined);
    if (first === undefined || first.done || isBehind(first.value, after)) {
      await leaveAlone(entry.run, events);
      return jsonError(410, 'EVENTS_GONE', 'Events behind this position are no longer kept.');
    }
    return createResponse(new ResumedEvents(events, first, after), options);
  }

  /** Ends a run; resolves, when it has ended, to whether there is such a run of this owner. */
  async cancel(id: string, { owner, reason }: Owned & { readonly reason?: unknown } = {}): Promise<boolean> {
    const entry = this.#entryOf(id, owner);
    await entry?.run.cancel(reason);
    return entry !== undefined;
  }

  /** Takes no more runs, and resolves when those that are alive have ended: by themselves or, after `timeout`, cancelled. */
  async drain({ timeout = 25_000 }: DrainOptions = {}): Promise<{ readonly cancelled: number }> {
    if (!(timeout >= 0 && timeout < 2 ** 31)) throw invalidRegistryOption('timeout', 'milliseconds');
    this.#draining = true;
    let cancelled = 0;
    const timer = setTimeout(() => {
      for (const { run } of this.#live()) {
        cancelled++;
        void run.cancel('The server is stopping.');
      }
    }, timeout);
    await Promise.all(this.#live().map(({ ended }) => ended));
    clearTimeout(timer);
    return { cancelled };
  }

  #add(run: AnyRun, owner: string | undefined): void {
    const entry: Entry = {
      run,
      owner,
      readers: new Readers(run, this.#abandon, () => void run.cancel('Nobody reads this run any more.')),
      // A listener: the registry keeps how the run has ended for whoever asks, so that a failure is not unseen.
      ended: new Promise<void>((resolve) => {
        run.once('run-end', ({ seq }: RunEnd<AnyPipeline>) => {
          entry.last = seq;
          entry.readers.close();
          entry.timer = setTimeout(() => this.#forget(entry), this.#keep);
          // In Node a run that is kept must not keep the process.
          (entry.timer as { unref?: () => void }).unref?.();
          resolve();
        });
      }),
    };
    this.#entries.set(run.id, entry);
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.run.id) === entry) this.#entries.delete(entry.run.id);
  }

  /** A run of somebody else is answered as one that there is not: its id says nothing to others. */
  #entryOf(id: string, owner: string | undefined): Entry | undefined {
    const entry = this.#entries.get(id);
    return entry && (entry.owner === undefined || entry.owner === owner) ? entry : undefined;
  }

  #live(): Entry[] {
    return [...this.#entries.values()].filter(({ last }) => last === undefined);
  }
}

/** Leaves events as one of several readers does: a client that could not be served has not ended the run. */
async function leaveAlone(run: AnyRun, events: CountedEvents): Promise<void> {
  const other = run.events({ leave: 'detach' });
  // A run that can't be read at all was not read by the first either.
  await other.next().catch(() => undefined);
  await events.return();
  await other.return?.();
}

/** Whether events are missing between a position and this one. What comes first in a resumed run is not the first `seq`. */
const isBehind = ({ seq, type }: RunEvent, after: number): boolean =>
  seq > after + 1 && !(after === 0 && type === 'run-start');
