import type { VisitStatus } from '../../src/run/ledger.js';

/** One thing that a body does to its state; a path of object keys and array indices. */
export type Write =
  | { readonly op: 'set'; readonly path: readonly string[]; readonly value: unknown }
  | { readonly op: 'inc'; readonly path: readonly string[] }
  | { readonly op: 'push'; readonly path: readonly string[]; readonly value: unknown }
  | { readonly op: 'say'; readonly path: readonly string[]; readonly value: string }
  | { readonly op: 'delete'; readonly path: readonly string[] };

export type ModelState = Readonly<Record<string, unknown>>;

/** How a class declares that a field merges; `concat` stands for a function that joins strings. */
export type ModelMerge = 'sum' | 'append' | 'concat';

/** What a handler does about the failure; `nothing` is a catch-all's way of not recovering. */
export interface ModelHandler {
  readonly does: 'recover' | 'skip' | 'stop' | 'throw' | 'nothing';
  readonly writes: readonly Write[];
}

/** One step: its edges, and what its body does. */
export interface ModelStep {
  readonly name: string;
  readonly to: readonly string[];
  readonly join?: 'all' | 'any';
  readonly entry?: boolean;
  readonly behaviour: 'done' | 'skip' | 'stop' | 'fail';
  readonly writes: readonly Write[];
  readonly handler?: ModelHandler;
}

/** A pipeline class as data; the steps in order of declaration. */
export interface ModelGraph {
  readonly steps: readonly ModelStep[];
  readonly catchAll?: ModelHandler;
  readonly state: ModelState;
  readonly merge: Readonly<Record<string, ModelMerge>>;
}

/** How one activation has settled, as the engine reports it. */
export interface Reported {
  readonly key: string;
  readonly status: 'done' | 'recovered' | 'skipped' | 'failed' | 'cancelled' | 'abandoned';
  readonly stop?: boolean;
}
/** One resolution of the walk's `next`. */
export type Report = readonly Reported[];

/** A line of the ledger, as the model expects it. */
export interface ModelLedger {
  readonly status: VisitStatus | 'not taken';
  readonly visits: readonly VisitStatus[];
  readonly why?: 'dead' | 'stopped' | 'ended';
  readonly by?: string;
}

/** What a started step gets to see. */
export interface Seen {
  readonly input: unknown;
  /** Only of joins. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A commit that could not be merged: the names in `others` are the last committers of the paths in question. */
export interface ModelConflict {
  readonly step: string;
  readonly others: readonly string[];
}

/** The whole run, as the rules say that it goes. */
export interface Replayed {
  /** Steps started at the beginning, then after each report. */
  readonly starts: readonly (readonly string[])[];
  /** Activations in flight that each report decided against, in plan order. */
  readonly cancelled: readonly (readonly string[])[];
  readonly status: 'success' | 'failed';
  /** The step whose failure failed the run. */
  readonly failure?: string;
  readonly ledger: Readonly<Record<string, ModelLedger>>;
  /** The steps whose failures were processed, in that order. */
  readonly errors: readonly string[];
  /** Of each any-join that failed for want of a success: the failures that it had survived until then. */
  readonly aggregates: Readonly<Record<string, readonly string[]>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Of each started step, also of a join that only fails: the version of the state of its body and its handler. */
  readonly versions: Readonly<Record<string, ModelState>>;
  /** Of each started step whose body ran. */
  readonly seen: Readonly<Record<string, Seen>>;
  readonly state: ModelState;
  readonly conflict?: ModelConflict;
}
