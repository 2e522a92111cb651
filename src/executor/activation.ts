import type { Plan, PlanStep } from '../plan/plan.js';
import { LazySource, type ItemSource } from './item-source.js';
import type { Settle, Task } from '../ports/engine.js';
import type { Given } from '../run/given.js';
import type { ActivationOutcome, Suspension } from '../run/outcome.js';
import type { UsageMeter } from '../run/usage-meter.js';
import type { StepPlace } from '../run/step-place.js';
import type { Compiled } from '../plan/compile.js';
import type { Outputs } from '../run/outputs.js';
import type { Body, RunScope } from './run-scope.js';
import type { Slots } from './slots.js';

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
  /** What has a time of its own, so that the grace doesn't end it. */
  readonly hooks: object | undefined;
}

/** What an activation may know of the pipeline that it is a step of: the run's own, or one that a step of it runs. */
export interface FlowScope {
  readonly run: RunScope;
  readonly compiled: Compiled;
  readonly plan: Plan;
  readonly instance: object;
  readonly outputs: Outputs;
  /** The usage of its steps, and of the pipelines that they run. */
  readonly meter: UsageMeter;
  /** Of a sub-pipeline: the activation that runs it. */
  readonly caller: Activation | undefined;
  /** What the keys of its activations begin with: nothing, or `research#2/`. */
  readonly prefix: string;
  readonly path: readonly string[];
  /** The calls of a step with `concurrency`, over all runs of the instance. */
  slotsOf(step: string, limit: number): Slots;
  handler(name: string): Body;
}

/** What an activation is made of. */
export interface ActivationFacts {
  readonly flow: FlowScope;
  readonly step: PlanStep;
  readonly visit: number;
  readonly given: Given;
  /** The version of the state that the walk started it with (A.1). */
  readonly base: object;
  readonly baseVersion: number;
  /** Of an item: the each that it belongs to. */
  readonly each?: Activation;
  readonly index?: number;
  /** Of a timer that ends a sub-pipeline step, and of an each's source that closes: that step's activation. */
  readonly deadlineOf?: Activation;
}

/** What has been streamed and counts. */
export interface Spoken extends StepPlace {
  readonly key: string;
  readonly firstToken: number;
  readonly lastToken: number;
}

/** One visit, or one item, of a step in one run: from its start by the walk to its outcome. */
export class Activation implements Task, StepPlace {
  readonly flow: FlowScope;
  readonly step: PlanStep;
  readonly visit: number;
  readonly index: number | undefined;
  readonly each: Activation | undefined;
  given: Given;
  /** Its unique path in the run (B.6). */
  readonly key: string;
  readonly base: object;
  readonly baseVersion: number;
  /** How many outputs there were when it started. */
  outputsSeen: number;

  /** Of an each: where its items come from; of an item of a lazy one too. */
  source: ItemSource | undefined;
  /** Of a deadline: the activation that it ends; of a source that closes: its each. Neither is a visit. */
  readonly deadlineOf: Activation | undefined;
  /** What inside it has streamed and counts: it is taken back with it. */
  spoken: Spoken[] | undefined;
  /** What it waits for, once it has suspended. */
  suspension: Suspension | undefined;
  attempt = 1;
  outcome: ActivationOutcome | undefined;
  settled = false;
  /** Whether it has handed on to what is inside it, and the walk doesn't know yet. */
  handingOn = false;
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
  /** As `onSettled`, for whoever has aborted it. */
  onEnd: (() => void) | undefined;
  /** The engine's; set when it starts the activation. */
  report: Settle<Activation> | undefined;

  constructor({ flow, step, visit, given, base, baseVersion, each, index, deadlineOf }: ActivationFacts) {
    this.flow = flow;
    this.step = step;
    this.visit = visit;
    this.index = index;
    this.each = each;
    this.given = given;
    this.base = base;
    this.baseVersion = baseVersion;
    this.outputsSeen = each?.outputsSeen ?? flow.outputs.count;
    this.deadlineOf = deadlineOf;
    this.source = each?.source;
    this.key = each === undefined ? keyOf(flow, step.name, visit) : `${each.key}[${index}]`;
  }

  get run(): RunScope {
    return this.flow.run;
  }
  get name(): string {
    return this.step.name;
  }
  get pipeline(): string {
    return this.flow.plan.pipeline;
  }
  get path(): readonly string[] {
    return this.flow.path;
  }

  /** Whether its each, or one that it is nested in, asks a lazy source for items. */
  get overLazy(): boolean {
    return (this.each !== undefined && this.source instanceof LazySource) || this.flow.caller?.overLazy === true;
  }

  /** The first outcome counts. */
  settle(outcome: ActivationOutcome): void {
    if (this.settled) return;
    const { report } = this;
    this.close();
    report!(this, outcome);
  }

  /** It has ended, in whatever way: nothing measures it any more, and its slot is free. */
  close(): void {
    if (this.settled) return;
    this.settled = true;
    this.current?.endLimits();
    this.interrupt = this.current = undefined;
    this.onSettled?.();
    this.onEnd?.();
  }

  /** A listener of what was just told may have ended the run: then nothing of it begins any more. */
  endIfDecided(): boolean {
    if (this.decided !== undefined) this.settle(CANCELLED);
    return this.settled;
  }

  /** Reports something that is not its end: its items, or its child, run now. */
  handOn(outcome: ActivationOutcome): void {
    this.handingOn = true;
    this.report!(this, outcome);
  }

  /** Decides against it: its signal aborts, its generator is left; its outcome will be `cancelled` or `abandoned`. */
  abort(decided: 'cancelled' | 'lost', reason: unknown): void {
    if (this.settled) return;
    this.decided ??= decided;
    // Its report is on its way, and only once may it end.
    if (this.handingOn) return;
    if (this.interrupt === undefined) return this.current?.abort(reason);
    this.interrupt();
    this.settle(CANCELLED);
  }

  /** The grace is over: a body that has not ended is left behind. */
  abandon(): void {
    if (this.settled || this.handingOn || this.current?.hooks !== undefined) return;
    this.leaveBehind();
    this.run.noteAbandoned(this.key);
    // An engine that has failed may never have started it.
    if (this.report === undefined) this.close();
    else this.settle(ABANDONED);
  }

  /** A body of it is left behind; whatever is around it can't be tried again either (D.3). */
  leaveBehind(): void {
    this.leftBehind = true;
    (this.each ?? this.flow.caller)?.leaveBehind();
  }
}

const keyOf = ({ prefix }: FlowScope, name: string, visit: number): string =>
  visit === 1 ? prefix + name : `${prefix}${name}#${visit}`;
