import type { Middleware } from '../../decorators/middleware.js';
import type { StandardSchema } from '../../decorators/standard-schema.js';
import type { Merge } from '../scanner/pipeline-options.js';

/** How attempts are made, with every default filled in. */
export interface RetryPlan {
  readonly attempts: number;
  readonly delay: number;
  readonly backoff: number;
  readonly jitter: boolean;
  readonly when?: (error: unknown, attempt: { readonly attempt: number; readonly tokens: number }) => boolean;
}

/** Limits of one attempt in milliseconds. */
export interface TimeoutPlan {
  readonly step?: number;
  readonly firstToken?: number;
  readonly idle?: number;
}

/** Which decorator has made the step. */
export type StepKind = 'step' | 'streaming' | 'each' | 'switch' | 'sub';

/** How the items of an each are run. */
export interface EachPlan {
  /** Items at once. */
  readonly concurrency: number;
  readonly onItemError: 'fail' | 'skip' | 'collect';
  /** Whether an engine may run each item in another process. */
  readonly distributed: boolean;
}

/** The pipeline that a sub-pipeline step runs, as its decorator names it. */
export interface ChildPlan {
  readonly pipeline: string;
  /** Whether it says its name itself. That of a class is minified, so nothing that is stored counts on it. */
  readonly named: boolean;
  readonly fingerprint: string;
  /** Absent where the class runs itself, however deep inside. */
  readonly plan?: Plan;
}

/** Steps that can be run again and again: a strongly connected component, or a part of one (C.2). */
export interface PlanLoop {
  /** Its place in `Plan.loops`. */
  readonly id: number;
  /** Its only step that is entered from outside, or where the run begins. */
  readonly header: number;
  /** Ids of its steps in plan order, those of the loops inside it included. */
  readonly body: readonly number[];
  /** The loop around it. */
  readonly parent?: number;
  /** How many loops it is in, itself included. */
  readonly depth: number;
  /** The forward edges that leave it, but no loop around it: they close when it is over (C.3). */
  readonly exits: readonly (readonly [from: number, to: number])[];
}

/** One checked step. Its `id` is its place in plan order, so sorting by id is sorting by plan order. */
export interface PlanStep {
  readonly id: number;
  readonly name: string;
  readonly kind: StepKind;
  /** Where it runs once per item of its input. */
  readonly each?: EachPlan;
  /** Ids of all steps it may lead to, in plan order: by `to`, `goto`, a case or the default. */
  readonly to: readonly number[];
  /** Ids of the sources of its forward edges, in plan order; jumps don't count (C.2). */
  readonly from: readonly number[];
  /** Those of `to` that a plain return leads to. */
  readonly next: readonly number[];
  /** Those of `to` that `goto()` may name. */
  readonly gotos: readonly number[];
  /** Those of `to` that are jumps: they lead back to the header of a loop that this step is in. */
  readonly jumps: readonly number[];
  /** Those of `to` that lead neither back nor out of a loop: what follows in the same round. */
  readonly inner: readonly number[];
  /** Whether it may run several times in one round: it stands behind a loop and waits for nothing (C.4). */
  readonly repeats: boolean;
  /** Of a switch: where each key leads; `null` to the end. */
  readonly cases?: Readonly<Record<string, number | null>>;
  /** Of a switch: where a key without a case leads. */
  readonly otherwise?: number | null;
  /** The innermost loop that it is in. */
  readonly loop?: number;
  /** How often it may run in one run of its pipeline. */
  readonly maxVisits: number;
  /** Around each of its attempts, the outermost first: those of the class, then its own. */
  readonly middleware?: readonly Middleware[];
  /** Validates the answer to its `suspend()`. */
  readonly answer?: StandardSchema<unknown>;
  /** Of a sub-pipeline step: what it runs. */
  readonly child?: ChildPlan;
  /** `all` and `any` are joins; undefined runs at each arrival. */
  readonly join?: 'all' | 'any';
  readonly retry?: RetryPlan;
  readonly timeout?: TimeoutPlan;
  readonly onError?: string;
  readonly concurrency?: number;
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Of an any-join: the steps from which every path leads to it. They start no more once it is decided. */
  readonly losers: readonly number[];
  /** The nearest any-join that every path from here leads to: it survives a failure of this step. */
  readonly survivor?: number;
  /** The all-joins between this step and its survivor: dead at once when this step has failed. */
  readonly doomed: readonly number[];
}

/** One lifecycle hook, with the startup hooks after whose success it is due. */
export interface PlanHook {
  readonly name: string;
  readonly per: 'instance' | 'run';
  /** Of a shutdown hook: the place of its partner in `startup` of the same `per`; -1 if it is always due. */
  readonly partner: number;
}

/** A checked pipeline with its execution graph: frozen plain data (functions among the options are left out when serialised). */
export interface Plan {
  readonly v: 1;
  readonly pipeline: string;
  /** Equal for equal names, kinds, edges and joins, whatever the bodies do. */
  readonly fingerprint: string;
  /** In plan order: topological, ties in order of declaration. */
  readonly steps: readonly PlanStep[];
  /** Where a run begins. */
  readonly entries: readonly number[];
  /** A loop stands before the loops inside it. */
  readonly loops: readonly PlanLoop[];
  /** In order of declaration, base class first. */
  readonly startup: readonly PlanHook[];
  /** In the order in which they run: the reverse of the declaration. */
  readonly shutdown: readonly PlanHook[];
  /** The `@OnError()` method that no step names. */
  readonly catchAll?: string;
  readonly merge: Readonly<Record<string, Merge>>;
  readonly cancelGrace: number;
  readonly hookTimeout: number;
}
