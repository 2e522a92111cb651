import { openDraft } from '../state/draft.js';
import { diffDraft } from '../state/diff.js';
import type { Change } from '../state/change.js';
import type { Activation } from './activation.js';
import type { Limits } from './limits.js';

/** Whose body an attempt runs: the step's own, or that of a handler that stands in for it. */
export type Role = 'body' | 'named handler' | 'catch-all';

const NOT_ABORTED: unique symbol = Symbol('not aborted');

/** What an attempt knows of its stream. */
export interface Stream {
  readonly tokens: number;
  pull(): void;
  leave(): void;
}

/** One call of a body: its own copy of the state, its own signal. */
export class Attempt {
  readonly activation: Activation;
  readonly role: Role;
  /** Of a handler: what failed. */
  readonly error: unknown;
  /** Its limits in time, if it has any. */
  limits: Limits | undefined;
  /** Its tokens, if it streams. */
  stream: Stream | undefined;
  /** Of a sub-pipeline step: hooks around its child are at work. They have a time of their own, so no grace ends it. */
  hooks: { abort(reason: unknown): void } | undefined;
  /** What runs inside the middleware of its step, if that has any. */
  around: { abort(reason: unknown): void } | undefined;
  #controller: AbortController | undefined;
  /** Why it was aborted, once it was. */
  #reason: unknown = NOT_ABORTED;
  #draft: object | undefined;

  constructor(activation: Activation, role: Role, error?: unknown) {
    this.activation = activation;
    this.role = role;
    this.error = error;
  }

  /** Set when one of its limits was used up. */
  get expired(): Error | undefined {
    return this.limits?.expired;
  }

  /** Whether middleware surrounds it; that is there for the body alone, not for handlers. */
  get wrapped(): boolean {
    return this.role === 'body' && this.activation.step.middleware !== undefined;
  }

  get aborted(): boolean {
    return this.#reason !== NOT_ABORTED;
  }

  /** Whether its end still counts. */
  get counts(): boolean {
    return this.activation.current === this;
  }

  /** Milliseconds that are left of the limit of the whole step, if it has one. */
  get timeLeft(): number | undefined {
    return this.limits?.left('step');
  }

  /** Made when somebody asks for it: most steps don't. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== NOT_ABORTED) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get state(): object {
    return (this.#draft ??= openDraft(this.activation.base));
  }

  /** What its body has changed. Throws `NotPlainDataError`. */
  changes(): readonly Change[] | undefined {
    if (this.#draft === undefined) return undefined;
    const { base, flow } = this.activation;
    const changes = diffDraft(base, this.#draft, flow.plan.merge);
    return changes.length === 0 ? undefined : changes;
  }

  abort(reason: unknown): void {
    if (this.#reason !== NOT_ABORTED) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.around?.abort(reason);
    this.stream?.leave();
    this.hooks?.abort(reason);
  }

  /** It has ended: nothing measures it any more. */
  endLimits(): void {
    this.limits?.end();
  }
}
