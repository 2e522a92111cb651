import type { Timer } from '../ports/clock.js';
import type { Held } from '../run/event-log.js';
import { isDirective } from '../run/directives.js';
import { toPlain } from '../state/plain.js';
import type { Attempt, Stream } from './attempt.js';
import { mistake } from './mistake.js';

/** How many tokens a stream that nobody reads may make without letting anything else run. */
const UNREAD_IN_A_ROW = 1024;

/** What is told of a stream's end. */
export interface StreamEnd {
  returned(attempt: Attempt, value: unknown): void;
  failed(attempt: Attempt, error: unknown): void;
}

/** Tells whether a body has given something that streams. */
export function isStream(value: unknown): value is AsyncGenerator<unknown, unknown, undefined> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
}

/**
 * Takes a generator's tokens one by one and holds it back while the consumer is behind. The consumer of a lone stream
 * pulls it, so to speak: the next value is asked for when the last one was read.
 */
export class TokenStream implements Held, Stream {
  tokens = 0;
  readonly #attempt: Attempt;
  readonly #generator: AsyncGenerator<unknown, unknown, undefined>;
  readonly #end: StreamEnd;
  #left = false;
  #pausing: Timer | undefined;
  /** Whether every token was a string: then their text is the output (B.2). */
  #onlyText = true;

  constructor(attempt: Attempt, generator: AsyncGenerator<unknown, unknown, undefined>, end: StreamEnd) {
    this.#attempt = attempt;
    this.#generator = generator;
    this.#end = end;
  }

  /** Ends the generator: the attempt was aborted. */
  leave(): void {
    this.#leave(() => this.#end.returned(this.#attempt, undefined));
  }

  /** Asks for the next value. */
  pull(): void {
    try {
      this.#generator.next().then(this.#onNext, this.#onThrow);
    } catch (error) {
      this.#onThrow(error);
    }
  }

  /** The consumer may have caught up. */
  release(): void {
    if (this.#left) return;
    const { log, alone } = this.#attempt.activation.run;
    if (!log.hasRoom(alone)) return log.hold(this);
    this.#attempt.limits?.resume();
    this.pull();
  }

  readonly #onNext = (result: IteratorResult<unknown, unknown>): void => {
    if (this.#left) return;
    const attempt = this.#attempt;
    try {
      // Inside the `try`: a hand-written iterator may resolve to anything.
      const { done, value } = result;
      if (done) {
        this.#left = true;
        this.#end.returned(attempt, this.#output(value));
        return;
      }
      this.#token(value);
    } catch (error) {
      this.#leave(() => this.#end.failed(attempt, error));
      return;
    }
    // A listener of the token may have ended the run.
    if (this.#left) return;
    const { log, alone } = attempt.activation.run;
    if (!log.open && this.tokens % UNREAD_IN_A_ROW === 0) return this.#pause();
    if (log.hasRoom(alone)) return this.pull();
    attempt.limits?.hold();
    log.hold(this);
  };

  /** Nobody reads, so nothing else lets timers, signals and other runs have their turn. */
  #pause(): void {
    this.#pausing = this.#attempt.activation.run.clock.after(0, () => this.release());
  }

  readonly #onThrow = (error: unknown): void => {
    if (this.#left) return;
    this.#left = true;
    this.#end.failed(this.#attempt, error);
  };

  #token(yielded: unknown): void {
    const attempt = this.#attempt;
    const { activation } = attempt;
    const { run } = activation;
    const text = typeof yielded === 'string';
    const value = text ? yielded : this.#plain(yielded);
    attempt.limits?.token();
    this.tokens++;
    if (text) run.transcript.add(activation.key, yielded);
    else this.#onlyText = false;
    const seq = run.teller.token(activation, value);
    if (activation.firstToken === 0) activation.firstToken = seq;
    activation.lastToken = seq;
  }

  #plain(yielded: unknown): unknown {
    const { name } = this.#attempt.activation;
    if (!isDirective(yielded)) return toPlain(yielded, `a token of ${name}`);
    const called = `${yielded['~directive']}()`;
    throw mistake(
      this.#attempt,
      'DIRECTIVE_YIELDED',
      `yielded ${called}, and a directive only counts when it is returned.`,
      `Write return ${called} instead.`,
    );
  }

  /** What a generator that returns nothing has put out: its text, if it yielded only strings (B.2). */
  #output(returned: unknown): unknown {
    if (returned !== undefined || !this.#onlyText) return returned;
    const { run, key } = this.#attempt.activation;
    return run.transcript.textOf(key);
  }

  /** `return()` runs its `finally` blocks, after whatever it awaits now. */
  #leave(then: () => void): void {
    if (this.#left) return;
    this.#left = true;
    this.#pausing?.cancel();
    try {
      this.#generator.return(undefined).then(then, then);
    } catch {
      // Not a real generator: it has no `return`, so there is nothing to clean up.
      then();
    }
  }
}
