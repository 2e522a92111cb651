import type { Middleware } from '../../decorators/middleware.js';

/** How parallel changes of one top-level field of the state become one. */
export type Merge<Value = unknown> = 'sum' | 'append' | ((base: Value, committed: Value, mine: Value) => Value);

interface Migrates {
  // A method, for its parameter is then compared both ways: one that takes a `Checkpoint` fits.
  migrate(checkpoint: object): object;
}

/** Makes a checkpoint of another plan of this pipeline one of the plan that it has now. */
export type Migrate = Migrates['migrate'];

/** What holds for the whole class: `static readonly pipeline = { … } satisfies PipelineOptions<State>`. */
export interface PipelineOptions<State extends object = Record<string, unknown>> {
  /** The name in events and whatever is stored; the class name by default. */
  readonly name?: string;
  /** For each top-level field that parallel steps may change: how their changes become one. */
  readonly merge?: { readonly [Field in keyof State]?: Merge<State[Field]> };
  /** Milliseconds that an aborted body may take before it is abandoned; 2,000 by default. */
  readonly cancelGrace?: number;
  /** Milliseconds that one lifecycle hook may take; 10,000 by default. */
  readonly hookTimeout?: number;
  /** How often one step may run in one run, against loops that never end; 100 by default. A step's own counts more. */
  readonly maxVisits?: number;
  /** Called around each attempt of every step, the first outermost; those of a step's own option are inside these. */
  readonly middleware?: Middleware<State> | readonly Middleware<State>[];
  /** Called by `resume` with a checkpoint that another plan has made: returns it as one of this class, or throws. */
  readonly migrate?: Migrate;
}
