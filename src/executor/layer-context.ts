import type { MiddlewareContext, MiddlewareRun } from '../../decorators/middleware.js';
import type { Attempt } from './attempt.js';
import type { Layer } from './layer.js';
import { viewOf } from './run-view.js';
import { StepContext } from './step-context.js';

/** What a body inside middleware takes: as without, but the middleware may leave it before the attempt ends. */
export class BodyContext extends StepContext {
  readonly #layer: Layer;

  constructor(attempt: Attempt, layer: Layer) {
    super(attempt);
    this.#layer = layer;
  }

  override get signal(): AbortSignal {
    return this.#layer.signal;
  }

  override get emit(): (name: string, data?: unknown) => void {
    const layer = this.#layer;
    const emit = super.emit;
    return (name, data) => {
      if (layer.left === undefined) emit(name, data);
    };
  }
}

/** What a middleware takes. */
export class LayerContext extends BodyContext implements MiddlewareContext {
  readonly #attempt: Attempt;

  constructor(attempt: Attempt, layer: Layer) {
    super(attempt, layer);
    this.#attempt = attempt;
  }

  // Narrower than what a body is promised: a middleware knows nothing of the classes that it is around.
  override get inputs(): Readonly<Record<string, unknown>> | undefined {
    return this.#attempt.activation.given.inputs;
  }
  get kind(): MiddlewareContext['kind'] {
    return this.#attempt.activation.step.kind;
  }
  get visit(): number {
    return this.#attempt.activation.visit;
  }
  get path(): readonly string[] {
    return this.#attempt.activation.path;
  }
  get pipeline(): string {
    return this.#attempt.activation.pipeline;
  }
  get meta(): Readonly<Record<string, unknown>> | undefined {
    return this.#attempt.activation.step.meta;
  }
  get run(): MiddlewareRun {
    return viewOf(this.#attempt.activation.run);
  }
}
