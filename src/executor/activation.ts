import type { PlanStep } from '../plan/plan.js';
import type { Settle, Task } from '../ports/engine.js';
import type { Given } from '../run/given.js';
import type { ActivationOutcome } from '../run/outcome.js';
import type { StepPlace } from '../run/teller.js';
import type { RunScope } from './run-scope.js';

/** The path of what is not nested. */
export const ROOT: readonly string[] = Object.freeze([]);

/** The outcome of every activation that was decided against and has ended in time. */
export const CANCELLED: ActivationOutcome = Object.freeze({ status: 'cancelled' });
const ABANDONED: ActivationOutcome = Object.freeze({ status: 'abandoned' });

/** What an activation knows of its attempts. */
export interface Abortable {
  abort(reason: unknown): void;
  /** Nothing measures it any more. */
  endLimits(): void;
}

/** One visit of a step in one run: from its start by the walk to its outcome. */
export class Activation implements Task, StepPlace {
  readonly scope: RunScope;
  readonly step: PlanStep;
  readonly visit: number;
  readonly given: Given;
  /** The version of the state that the walk started it with, and how many outputs there were (A.1). */
  readonly base: object;
  readonly baseVersion: number;
  readonly outputsSeen: number;

  attempt = 1;
  outcome: ActivationOutcome | undefined;
  settled = false;
  /** Its place among the live activations; kept by the walk. */
  place = 0;
  /** The walk's decision against it; whatever its body says then is dropped (F.3). */
  decided: 'cancelled' | 'lost' | undefined;
  /** The attempt whose end counts; an attempt that was left behind is none. */
  current: Abortable | undefined;
  /** Whether its body has begun, so that an end has to be told. */
  begun = false;
  /** Whether one of its attempts was left behind. */
  leftBehind = false;
  /** The first and last `seq` of its tokens that count; 0 if there is none. */
  firstToken = 0;
  lastToken = 0;
  /** Ends the wait for a gate, a slot or a delay. */
  interrupt: (() => void) | undefined;
  /** Called once it has an outcome. */
  onSettled: (() => void) | undefined;
  /** The engine's; set when it starts the activation. */
  report: Settle<Activation> | undefined;

  constructor(scope: RunScope, step: PlanStep, visit: number, given: Given, base: object, baseVersion: number) {
    this.scope = scope;
    this.step = step;
    this.visit = visit;
    this.given = given;
    this.base = base;
    this.baseVersion = baseVersion;
    this.outputsSeen = scope.outputs.count;
  }

  get key(): string {
    return this.step.name;
  }
  get name(): string {
    return this.step.name;
  }
  get path(): readonly string[] {
    return ROOT;
  }

  /** The first outcome counts. */
  settle(outcome: ActivationOutcome): void {
    if (this.settled) return;
    this.settled = true;
    this.current?.endLimits();
    this.interrupt = this.current = undefined;
    this.onSettled?.();
    this.report!(this, outcome);
  }

  /** Decides against it: its signal aborts, its generator is left; its outcome will be `cancelled` or `abandoned`. */
  abort(decided: 'cancelled' | 'lost', reason: unknown): void {
    if (this.decided !== undefined) return;
    this.decided = decided;
    if (this.interrupt === undefined) return this.current?.abort(reason);
    this.interrupt();
    this.settle(CANCELLED);
  }

  /** The grace is over: a body that has not ended is left behind. */
  abandon(): void {
    if (this.settled) return;
    this.leftBehind = true;
    this.scope.noteAbandoned(this.key);
    this.settle(ABANDONED);
  }
}
