import type { Compiled } from '../plan/compile.js';
import type { Plan } from '../plan/plan.js';
import type { VisitStatus } from '../run/ledger.js';
import { Outputs } from '../run/outputs.js';
import type { Progress } from '../run/progress.js';
import { UsageMeter } from '../run/usage-meter.js';
import { StateStore } from '../state/state-store.js';
import { ROOT, type Activation, type FlowScope } from './activation.js';
import { createProgress } from './advance.js';
import type { Host } from './host.js';
import type { Items } from './items.js';
import type { RunHooks } from './run-hooks.js';
import type { Body, RunScope } from './run-scope.js';
import type { Slots } from './slots.js';

/** What a resumed flow goes on from, instead of an initial state. */
export class Restored {
  readonly store: StateStore;
  readonly progress: Progress;

  constructor(store: StateStore, progress: Progress) {
    this.store = store;
    this.progress = progress;
  }
}

/**
 * One walk of one plan: the run's own, or that of a pipeline which a step of it runs. Each has its own state, progress
 * and instance; all share the run's events, engine and end.
 */
export class Flow implements FlowScope {
  readonly run: RunScope;
  readonly host: Host;
  readonly caller: Activation | undefined;
  readonly field: string | undefined;
  readonly prefix: string;
  readonly path: readonly string[];
  readonly meter: UsageMeter;
  readonly store: StateStore;
  readonly outputs = new Outputs();
  readonly progress: Progress;
  /** Activations that the engine has, or is about to get, in this flow and below it. */
  inFlight = 0;
  /** Visits that may still commit. */
  alive = 0;
  /** Of a child: what has failed it. */
  failure: Error | undefined;
  /** Of a child that waits for an answer, and whose parent was stopped: nobody will be asked. */
  skipped = false;
  /** Visits that wait for an answer. */
  suspended: Activation[] | undefined;
  /** The open eaches, and the open children by the activation that runs them. */
  eaches: Map<Activation, Items> | undefined;
  children: Map<Activation, Flow> | undefined;
  /** Of each step that runs per item: what became of its items, by step id. */
  itemCounts: Partial<Record<VisitStatus, number>>[] | undefined;
  /** Of a child whose step has a `timeout`: the timer that ends it. */
  deadline: Activation | undefined;
  /** The hooks that surround this flow alone. */
  hooks: RunHooks | undefined;

  /** `state` is plain data that nobody else holds; `field` is where the instance of `caller` holds the child's. */
  constructor(run: RunScope, host: Host, state: object | Restored, caller?: Activation, field?: string) {
    this.field = field;
    this.run = run;
    this.host = host;
    this.caller = caller;
    this.prefix = caller === undefined ? '' : `${caller.key}/`;
    this.path = caller === undefined ? ROOT : Object.freeze([...caller.path, lastSegment(caller)]);
    this.meter = caller === undefined ? run.meter : new UsageMeter();
    const restored = state instanceof Restored ? state : undefined;
    this.store = restored?.store ?? new StateStore(state, this.plan.merge);
    this.progress = restored?.progress ?? createProgress(this.plan);
  }

  get compiled(): Compiled {
    return this.host.compiled;
  }
  get plan(): Plan {
    return this.host.compiled.plan;
  }
  get instance(): object {
    return this.host.instance;
  }
  /** The flow around this one. */
  get outer(): Flow | undefined {
    return this.caller?.flow as Flow | undefined;
  }

  slotsOf(step: string, limit: number): Slots {
    return this.host.slotsOf(step, limit);
  }

  handler(name: string): Body {
    const handler = this.compiled.blueprint.handlers.find((handler) => handler.name === name)!;
    return handler.read(this.instance) as Body;
  }

  /** Whether nothing of it can move by itself any more. */
  get quiet(): boolean {
    return this.inFlight === 0;
  }

  /** Counts one more thing in flight, here and around: an activation, or that something is about to start. */
  holdOn(): void {
    this.inFlight++;
    this.outer?.holdOn();
  }

  letGo(): void {
    this.inFlight--;
    this.outer?.letGo();
  }

  /** Whether anything in it waits for an answer. */
  get waits(): boolean {
    if (this.suspended !== undefined && this.suspended.length > 0) return true;
    for (const items of this.eaches?.values() ?? []) if (items.suspended.length > 0) return true;
    for (const child of this.children?.values() ?? []) if (child.waits) return true;
    return false;
  }

  /** Counts what became of an item; one that had waited for an answer is taken back first. */
  count(step: number, status: VisitStatus, by = 1): void {
    const counts = ((this.itemCounts ??= [])[step] ??= {});
    const count = (counts[status] ?? 0) + by;
    if (count > 0) counts[status] = count;
    else delete counts[status];
  }
}

/** The flow of an activation, as the walk sees it. */
export const flowOf = (activation: Activation): Flow => activation.flow as Flow;

const lastSegment = ({ key, flow }: Activation): string => key.slice(flow.prefix.length);
