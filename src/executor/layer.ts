import type { Attempt } from './attempt.js';
import type { LayerStream } from './layer-stream.js';

/** One middleware, or the body inside all of them, in one attempt: from its call to its end. */
export class Layer {
  /** 0 for the outermost. */
  readonly depth: number;
  /** Whether it has begun and not ended; one that gives a stream ends with that. */
  running = true;
  /** What it has given to the one around it: a value, a promise or a stream. */
  given: unknown;
  /** What it has returned, once it has ended well. */
  returned: unknown;
  /** Its stream, if it has given one. */
  stream: LayerStream | undefined;
  readonly #attempt: Attempt;
  #controller: AbortController | undefined;
  #left: { readonly reason: unknown } | undefined;

  constructor(attempt: Attempt, depth: number) {
    this.#attempt = attempt;
    this.depth = depth;
  }

  /** Why it should end, once it should. */
  get left(): { readonly reason: unknown } | undefined {
    return this.#left;
  }

  /** The outermost has that of the attempt; the others have their own, for the one around them may leave them. */
  get signal(): AbortSignal {
    if (this.depth === 0) return this.#attempt.signal;
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#left !== undefined) this.#controller.abort(this.#left.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#left !== undefined) return;
    this.#left = { reason };
    this.#controller?.abort(reason);
  }
}
