import type { Settle } from '../ports/engine.js';
import type { ActivationOutcome } from '../run/outcome.js';
import type { Activation } from './activation.js';
import { flowOf, type Flow } from './flow.js';
import { inPlaceOrder } from './in-place-order.js';
import { sorted } from './sorted.js';

/** An activation that is made and not yet started, with what the engine is to run for it. */
export interface Due {
  readonly activation: Activation;
  readonly body: (activation: Activation, settle: Settle<Activation>) => void;
  /** Runs whatever was decided: what has begun must be ended. */
  readonly tidies?: boolean;
}

/** An activation that has ended through what is inside it: its items, or its child. */
export interface Ended {
  readonly activation: Activation;
  readonly outcome: ActivationOutcome;
}

const NOTHING: readonly never[] = [];

const byPlace = (a: Due, b: Due): number => inPlaceOrder(a.activation, b.activation);

/** What follows while a report is processed: who else has ended by it at once, and who starts when it is done. */
export class Agenda {
  #flows: Flow[] | undefined;
  #due: Due[] | undefined;
  #ended: Ended[] | undefined;
  #idle: Flow[] | undefined;

  /** Whether anything starts. */
  get hasStarts(): boolean {
    return this.#flows !== undefined || this.#due !== undefined;
  }

  /** Steps of this flow may have become ready; until they start it is not quiet. */
  addReady(flow: Flow): void {
    if (this.#flows?.includes(flow)) return;
    flow.holdOn();
    if (this.#flows === undefined) this.#flows = [flow];
    else this.#flows.push(flow);
  }

  /** Nothing of this flow starts any more. */
  dropReady(flow: Flow): void {
    const left = this.#flows?.filter((other) => other !== flow);
    if (left === undefined || left.length === this.#flows!.length) return;
    this.#flows = left.length === 0 ? undefined : left;
    flow.letGo();
  }

  addDue(due: Due): void {
    if (this.#due === undefined) this.#due = [due];
    else this.#due.push(due);
  }

  /** Until this is taken, its flow is not quiet. */
  addEnded(activation: Activation, outcome: ActivationOutcome): void {
    flowOf(activation).holdOn();
    (this.#ended ??= []).push({ activation, outcome });
  }

  /** A child that was decided against while nothing of it moves. */
  addIdle(flow: Flow): void {
    (this.#idle ??= []).push(flow);
  }

  takeReady(): readonly Flow[] {
    const flows = this.#flows ?? NOTHING;
    this.#flows = undefined;
    return flows;
  }

  takeDue(): readonly Due[] {
    const due = this.#due;
    if (due === undefined) return NOTHING;
    this.#due = undefined;
    return sorted(due, byPlace);
  }

  nextEnded(): Ended | undefined {
    if (this.#ended === undefined) return undefined;
    const ended = this.#ended.shift();
    if (this.#ended.length === 0) this.#ended = undefined;
    return ended;
  }

  nextIdle(): Flow | undefined {
    return this.#idle?.pop();
  }
}
