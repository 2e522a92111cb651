import type { RunEvent } from './events.js';
import { currentTurn, type Turn, type TurnMember } from './turn.js';

/** One open iterator, as the log sees it. */
export interface LogReader {
  /** The number of the next event it will read, counted from the run's first. */
  position: number;
  /** Whether it has read everything and waits. */
  readonly parked: boolean;
  /** Tells a parked reader that there is something to read. */
  wake(): void;
  /** Gives a parked reader the event that comes next. */
  accept(event: RunEvent): void;
}

/** Somebody held back until readers have caught up. */
export interface Held {
  release(): void;
}

/** How many events may be unread before producers are held (E.4). */
const LEAD = 64;

/**
 * The events of one run that somebody may still read, in order. Events are kept while an open reader hasn't read them,
 * during the turn in which the run was made (E.2), and as far as `buffer` says.
 */
export class EventLog implements TurnMember {
  place = 0;
  ended = false;
  /** True while events must be made: somebody reads, or may still come in time. */
  reading = true;
  readonly #readers: LogReader[] = [];
  readonly #buffer: number;
  readonly #bound: number;
  #turn: Turn | undefined;
  #kept: (RunEvent | undefined)[] = [];
  /** Where in `#kept` the oldest kept event is, and one past the newest; what lies outside is empty. */
  #head = 0;
  #tail = 0;
  /** The number of the oldest kept event. */
  #first = 0;
  /** Producers that are held: nearly always one. */
  #heldOne: Held | undefined;
  #held: Held[] | undefined;
  #gated: Held[] | undefined;
  /** The first of `#gated` that still waits. */
  #gatedHead = 0;

  constructor(buffer: number) {
    this.#buffer = buffer;
    this.#bound = buffer || LEAD;
    this.#turn = currentTurn();
    this.#turn.join(this);
  }

  /** One past the number of the newest event. */
  get end(): number {
    return this.#first + this.#tail - this.#head;
  }

  /** Whether an iterator is open. */
  get open(): boolean {
    return this.#readers.length > 0;
  }

  /** The turn of `run()` is over: without a reader or a buffer nobody can come in time any more. */
  endTurn(): void {
    this.#turn = undefined;
    this.#forget();
  }

  append(event: RunEvent): void {
    const readers = this.#readers;
    // The hot path: one reader that waits for this event gets it from hand to hand.
    if (readers.length === 1 && this.#buffer === 0 && readers[0].parked) {
      this.#first++;
      readers[0].position++;
      readers[0].accept(event);
      return;
    }
    // More than one will get this very object, so none may write into it.
    if (readers.length > 1 || this.#buffer > 0) Object.freeze(event);
    this.#kept[this.#tail++] = event;
    // From the last: one that leaves while it is woken must not make the next one be passed over.
    for (let i = readers.length - 1; i >= 0; i--) if (readers[i]?.parked) readers[i].wake();
    if (this.#buffer > 0) this.#trim();
  }

  /** No event follows. */
  close(): void {
    this.ended = true;
    this.#held = this.#gated = this.#heldOne = undefined;
    for (const reader of [...this.#readers]) if (reader.parked) reader.wake();
    // Nothing waits for this log any more, so the turn needn't hold it; `late` asks the turn itself.
    if (this.#turn && !this.#turn.over) this.#turn.leave(this);
  }

  /** Whether a new reader would miss events that were never kept (E.2). */
  get late(): boolean {
    return this.#readers.length === 0 && this.#buffer === 0 && (this.#turn?.over ?? true);
  }

  /** A new reader begins with the oldest event kept. */
  attach(reader: LogReader): void {
    reader.position = this.#first;
    this.#readers.push(reader);
    this.reading = true;
    if (this.#readers.length === 1) return;
    // What is kept for one will go to both, and what was held for a lone reader need only obey the bound now.
    for (let at = this.#head; at < this.#tail; at++) Object.freeze(this.#kept[at]);
    this.resume();
  }

  /** Takes a reader out; returns how many are left. Whoever was held for it is let go by `resume`. */
  detach(reader: LogReader): number {
    const at = this.#readers.indexOf(reader);
    if (at >= 0) this.#readers.splice(at, 1);
    this.#forget();
    return this.#readers.length;
  }

  /** The next event for this reader, if there is one. */
  read(reader: LogReader): RunEvent | undefined {
    const at = reader.position - this.#first + this.#head;
    if (at >= this.#tail) return undefined;
    const event = this.#kept[at];
    reader.position++;
    if (this.#readers.length === 1 && this.#buffer === 0) this.#drop(1);
    else this.#trim();
    if (this.#heldOne !== undefined || this.#gated !== undefined) this.resume();
    return event;
  }

  /** A reader has read everything and waits: a lone stream may make its next token. */
  demand(): void {
    if (this.#heldOne !== undefined) this.resume();
  }

  /** Whether a producer may go on; `lone` says that nothing else of the run is alive. */
  hasRoom(lone: boolean): boolean {
    const readers = this.#readers;
    if (readers.length === 0) return true;
    // A lone stream that one iterator reads is pulled: its lead is one token (E.4).
    if (lone && readers.length === 1) return readers[0].parked;
    return this.#lead() < this.#bound;
  }

  /** Whether no new activation may begin its body. */
  get full(): boolean {
    return this.#readers.length > 0 && this.#lead() >= this.#bound;
  }

  /** Holds a producer until `hasRoom`; it asks again itself. */
  hold(producer: Held): void {
    if (this.#heldOne === undefined) this.#heldOne = producer;
    else (this.#held ??= []).push(producer);
  }

  /** Holds the beginning of a body until the log is no longer full. */
  gate(beginner: Held): void {
    (this.#gated ??= []).push(beginner);
  }

  #lead(): number {
    if (this.#readers.length === 1) return this.end - this.#readers[0].position;
    let slowest = Infinity;
    for (const reader of this.#readers) if (reader.position < slowest) slowest = reader.position;
    return this.end - slowest;
  }

  /** Lets go whoever has room now; each asks again itself. */
  resume(): void {
    const one = this.#heldOne;
    const held = this.#held;
    this.#heldOne = this.#held = undefined;
    one?.release();
    if (held !== undefined) for (const producer of held) producer.release();
    while (this.#gated !== undefined && !this.full) {
      const beginner = this.#gated[this.#gatedHead++];
      if (this.#gatedHead === this.#gated.length) {
        this.#gated = undefined;
        this.#gatedHead = 0;
      }
      beginner.release();
    }
  }

  /** Without readers, buffer and turn nothing is kept and nothing need be made. */
  #forget(): void {
    this.reading = this.#readers.length > 0 || this.#buffer > 0 || this.#turn?.over === false;
    if (!this.reading) {
      this.#drop(this.#tail - this.#head);
      this.#kept = [];
    } else if (this.#readers.length > 0) this.#trim();
  }

  /** Drops what every open reader has read, but for the newest `buffer` events. */
  #trim(): void {
    let unread = this.end;
    for (const reader of this.#readers) if (reader.position < unread) unread = reader.position;
    if (this.#readers.length === 0 || this.#buffer > 0) unread = Math.min(unread, this.end - this.#buffer);
    if (unread > this.#first) this.#drop(unread - this.#first);
  }

  #drop(count: number): void {
    const end = this.#head + count;
    for (let at = this.#head; at < end; at++) this.#kept[at] = undefined;
    this.#first += count;
    this.#head = end;
    if (end === this.#tail) {
      this.#head = this.#tail = 0;
      // What a burst has needed is not kept for the rest of the run.
      if (this.#kept.length > 1024) this.#kept = [];
    } else if (end > 1024 && end * 2 > this.#tail) {
      this.#kept = this.#kept.slice(end, this.#tail);
      this.#tail -= end;
      this.#head = 0;
    }
  }
}
