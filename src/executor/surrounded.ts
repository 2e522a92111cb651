import type { Middleware } from '../../decorators/middleware.js';
import { endsRun } from '../errors/ends-run.js';
import { isPromiseLike } from '../run/is-promise-like.js';
import type { Attempt } from './attempt.js';
import { Layer } from './layer.js';
import { BodyContext, LayerContext } from './layer-context.js';
import { LayerStream, type Generator } from './layer-stream.js';
import { nextRefused } from './next-refused.js';
import { promisedStream } from './promised-stream.js';
import { viewOf } from './run-view.js';
import { isStream } from './token-stream.js';

const LEFT = 'the middleware around it has ended';

/**
 * One call of a body inside its middleware. Each of them, and the body itself, is a layer. What a layer gives is followed
 * to its end, so that none is left alive when the one around it has ended: its signal aborts, its generator is left, and
 * the attempt ends only when all have, or the grace is over.
 */
export class Surrounded {
  readonly #attempt: Attempt;
  readonly #middleware: readonly Middleware[];
  readonly #callBody: (context: BodyContext) => unknown;
  /** From the outermost in; the body is the last. */
  readonly #layers: Layer[] = [];
  #running = 0;
  #idle: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;
  /** An error that ends the run, whatever a middleware makes of it. */
  #fatal: Error | undefined;

  constructor(attempt: Attempt, middleware: readonly Middleware[], callBody: (context: BodyContext) => unknown) {
    this.#attempt = attempt;
    this.#middleware = middleware;
    this.#callBody = callBody;
  }

  /** What the outermost gives: a value, a promise, or a stream. */
  call(): unknown {
    return this.#enter(0);
  }

  /** The attempt was aborted. */
  abort(reason: unknown): void {
    this.#leave(0, reason);
  }

  #enter(depth: number): unknown {
    const layer = new Layer(this.#attempt, depth);
    this.#layers.push(layer);
    this.#running++;
    try {
      const value =
        depth < this.#middleware.length
          ? this.#middleware[depth](new LayerContext(this.#attempt, layer), this.#nextOf(layer))
          : this.#callBody(new BodyContext(this.#attempt, layer));
      return (layer.given = this.#follow(layer, value));
    } catch (error) {
      return (layer.given = this.#threw(layer, error));
    }
  }

  #nextOf(layer: Layer): () => unknown {
    return () => {
      if (this.#innerOf(layer) !== undefined) throw nextRefused(this.#attempt, 'a second time');
      if (!layer.running) throw nextRefused(this.#attempt, 'after the middleware had ended');
      // Nothing begins any more in an attempt, or inside a middleware, that should end.
      if (layer.left !== undefined) throw layer.left.reason;
      const given = this.#enter(layer.depth + 1);
      return this.#streams && given instanceof Promise ? promisedStream(given) : given;
    };
  }

  /** Whether its body may be a generator. */
  get #streams(): boolean {
    const { kind } = this.#attempt.activation.step;
    return kind === 'streaming' || kind === 'each';
  }

  #innerOf({ depth }: Layer): Layer | undefined {
    return this.#layers[depth + 1];
  }

  /** What a layer has given, at once or later. */
  #follow(layer: Layer, value: unknown): unknown {
    // Asked once: a thenable may do its work each time that it is.
    if (!isPromiseLike(value)) return this.#settled(layer, value);
    const followed = Promise.resolve(value).then(
      (awaited) => {
        try {
          return this.#settled(layer, awaited);
        } catch (error) {
          // A value that can't even be looked at.
          return this.#threw(layer, error);
        }
      },
      (error: unknown) => this.#threw(layer, error),
    );
    // A middleware that doesn't look at it decides for itself how the attempt ends.
    followed.catch(() => undefined);
    return followed;
  }

  #settled(layer: Layer, value: unknown): unknown {
    if (isStream(value)) return this.#stream(layer, value);
    const inner = this.#innerOf(layer);
    if (value !== undefined || inner === undefined) return this.#returned(layer, value);
    // One that returns nothing leaves what it was given as it is, be it still to come.
    return inner.running ? this.#follow(layer, inner.given) : this.#returned(layer, inner.returned);
  }

  /** One that was passed on untouched has one more who must know. */
  #stream(layer: Layer, generator: Generator): LayerStream {
    const inner = this.#innerOf(layer)?.stream;
    const stream = inner === generator ? inner : new LayerStream(generator);
    stream.watch({
      returned: (value) => this.#returned(layer, value === undefined ? this.#innerOf(layer)?.returned : value),
      threw: (error) => this.#threw(layer, error),
      wasLeft: () => this.#ended(layer),
    });
    layer.stream = stream;
    // Its layer was left before it gave this.
    if (layer.left !== undefined) stream.leave();
    return stream;
  }

  #returned(layer: Layer, value: unknown): unknown {
    layer.returned = value;
    const rest = this.#ended(layer);
    if (rest !== undefined)
      return rest.then(() => {
        if (this.#fatal !== undefined) throw this.#fatal;
        return value;
      });
    if (layer.depth === 0 && this.#fatal !== undefined) throw this.#fatal;
    return value;
  }

  /** Throws, or rejects once nothing runs any more. */
  #threw(layer: Layer, error: unknown): Promise<never> {
    if (endsRun(error)) this.#fatal ??= error;
    const rest = this.#ended(layer);
    const thrown = layer.depth === 0 ? (this.#fatal ?? error) : error;
    if (rest === undefined) throw thrown;
    return rest.then(() => {
      throw thrown;
    });
  }

  /** What runs inside a layer that has ended is left; of the outermost, a promise that nothing runs any more. */
  #ended(layer: Layer): Promise<void> | undefined {
    if (layer.running) {
      layer.running = false;
      this.#running--;
      this.#leave(layer.depth + 1, new DOMException(LEFT, 'AbortError'));
      if (this.#running === 0) this.#onIdle?.();
    }
    if (layer.depth > 0 || this.#running === 0) return undefined;
    return (this.#idle ??= this.#untilIdle());
  }

  /** All signals first, then the generators (F.1). */
  #leave(depth: number, reason: unknown): void {
    const left = this.#layers.slice(depth).filter(({ running }) => running);
    for (const layer of left) layer.abort(reason);
    for (const { stream } of left) stream?.leave();
  }

  /** What ignores its signal is left behind when the grace is over, like a body that was timed out (D.3). */
  #untilIdle(): Promise<void> {
    const { activation } = this.#attempt;
    const { run, flow } = activation;
    return new Promise((resolve) => {
      const timer = viewOf(run).after(flow.plan.cancelGrace, () => {
        activation.leftBehind = true;
        run.noteAbandoned(activation.key);
        resolve();
      });
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
