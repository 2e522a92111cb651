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
  readonly does: 'recover' | 'skip' | 'stop' | 'goto' | 'throw' | 'nothing';
  readonly writes: readonly Write[];
  /** Of a goto. */
  readonly target?: string;
  /** What it recovers a switch with. */
  readonly key?: string;
}

/** What a body does in one visit, or for one item. */
export interface ModelAct {
  /** `done` calls the child in a sub-pipeline step, and returns `key` in a switch. */
  readonly does: 'done' | 'skip' | 'stop' | 'fail' | 'goto' | 'suspend';
  readonly writes: readonly Write[];
  /** Of a goto; without an input if it is `bare`. */
  readonly target?: string;
  readonly bare?: boolean;
  /** Of a switch: what it returns, or is answered. */
  readonly key?: string;
  /** The length of the array that it returns, where a step behind it runs per item. */
  readonly size?: number;
  /** So many attempts fail before one does that. */
  readonly failures?: number;
  /** How they fail: by throwing, or by `retry()`. */
  readonly again?: 'throw' | 'retry';
  /** Of a streaming step: what it yields. */
  readonly tokens?: number;
}

/** One step: its edges, and what its body does. */
export interface ModelStep {
  readonly name: string;
  /** `step` by default. */
  readonly kind?: 'step' | 'streaming' | 'each' | 'switch' | 'sub';
  readonly to: readonly string[];
  readonly goto?: readonly string[];
  readonly cases?: Readonly<Record<string, string | null>>;
  readonly otherwise?: string | null;
  readonly join?: 'all' | 'any';
  readonly entry?: boolean;
  readonly maxVisits?: number;
  /** How many attempts; one by default. */
  readonly attempts?: number;
  /** Of a sub-pipeline step: its place in `children` of the graph. */
  readonly child?: number;
  /** Whether a sub-pipeline step runs per item. */
  readonly each?: boolean;
  readonly concurrency?: number;
  readonly onItemError?: 'fail' | 'skip' | 'collect';
  /** One after the other by visit, the last again and again; of items by visit and index in turn. */
  readonly acts: readonly ModelAct[];
  readonly handler?: ModelHandler;
}

/** A pipeline class as data; the steps in order of declaration. */
export interface ModelGraph {
  readonly steps: readonly ModelStep[];
  readonly catchAll?: ModelHandler;
  readonly state: ModelState;
  readonly merge: Readonly<Record<string, ModelMerge>>;
  /** For the whole class; 100 by default. */
  readonly maxVisits?: number;
  readonly children?: readonly ModelGraph[];
}
