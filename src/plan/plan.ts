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

/** One checked step. Its `id` is its place in plan order, so sorting by id is sorting by plan order. */
export interface PlanStep {
  readonly id: number;
  readonly name: string;
  readonly kind: 'step' | 'streaming';
  /** Ids of the steps it leads to, in plan order. */
  readonly to: readonly number[];
  /** Ids of the steps that lead here, in plan order. */
  readonly from: readonly number[];
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
