import type { Change } from '../state/change.js';
import type { WriteRow } from '../state/write-log.js';
import type { VisitStatus } from './ledger.js';
import type { Suspension } from './outcome.js';
import type { PlainError } from './plain-error.js';
import type { ProgressSnapshot } from './progress-snapshot.js';
import type { UsageTotal } from './usage-total.js';
import type { StoredValue } from './stored-value.js';

/**
 * A suspended run as plain JSON: keep it wherever you like, and give it to `resume` in this process or another. Nothing in
 * it is ever revived to code.
 */
export interface Checkpoint {
  /** The version of the format. */
  readonly v: 1;
  readonly runId: string;
  /** The segment that has ended; `resume` begins the next one. */
  readonly segment: number;
  /** The name of the pipeline. */
  readonly pipeline: string;
  /** Of the plan that was suspended; another plan is refused unless its class migrates. */
  readonly fingerprint: string;
  /** What the fingerprint covers of each step, by name. */
  readonly outline: Readonly<Record<string, string>>;
  /** The number of the last event. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly usage: UsageTotal;
  /** How many attempts of steps have begun. */
  readonly attempts: number;
  /** What the run has said, in order, each stretch with the key of the step that said it. */
  readonly text: readonly (readonly [key: string, text: string])[];
  /** The failures that did not fail the run. */
  readonly errors: readonly PlainError[];
  /** The walk of the pipeline itself. */
  readonly root: FlowCheckpoint;
}

/** One walk of one plan: the run's own, or that of a sub-pipeline. */
export interface FlowCheckpoint {
  readonly state: Readonly<Record<string, unknown>>;
  /** How often the state was committed. */
  readonly version: number;
  /** Who has last changed what, where something began on an older version and has not ended. */
  readonly writes: readonly WriteRow[];
  readonly outputs: readonly (readonly [step: string, output: StoredValue])[];
  readonly progress: ProgressSnapshot;
  /** Visits that wait for an answer. */
  readonly suspended: readonly VisitCheckpoint[];
  readonly eaches: readonly EachCheckpoint[];
  readonly children: readonly ChildCheckpoint[];
  readonly items: readonly ItemCounts[];
}

/** What became of the items of one step. */
export interface ItemCounts {
  readonly step: string;
  readonly counts: Readonly<Partial<Record<VisitStatus, number>>>;
}

/** Where an activation stands, and what it has said. */
export interface PlaceCheckpoint {
  readonly step: string;
  readonly visit: number;
  readonly index?: number;
  readonly attempt: number;
  /** The first and last `seq` of its tokens that count; 0 if there is none. */
  readonly tokens: readonly [first: number, last: number];
  /** What was said inside it. */
  readonly spoken: readonly SpokenCheckpoint[];
}

/** What was said inside an each, or a sub-pipeline step, and is taken back with it. */
export interface SpokenCheckpoint {
  readonly key: string;
  readonly name: string;
  readonly pipeline: string;
  readonly path: readonly string[];
  readonly visit: number;
  readonly index?: number;
  readonly attempt: number;
  readonly firstToken: number;
  readonly lastToken: number;
}

/** A visit, or an item, that waits for an answer. */
export interface VisitCheckpoint extends PlaceCheckpoint {
  readonly suspension: Suspension;
  /** Of a switch: what goes on to its case. */
  readonly input?: StoredValue;
}

/** A visit that will commit when what is inside it has ended. */
export interface OpenCheckpoint extends PlaceCheckpoint {
  /** The version of the state that it began with; the state itself only if it has changed since. */
  readonly baseVersion: number;
  readonly base?: Readonly<Record<string, unknown>>;
  /** How many outputs it sees. */
  readonly outputsSeen: number;
}

/** An each whose items have all started, and some of which wait for an answer. */
export interface EachCheckpoint extends OpenCheckpoint {
  /** One entry for each item: its result; an item that has not ended, or is left out, has none. */
  readonly results: readonly (readonly [] | readonly [result: StoredValue])[];
  readonly changes: readonly (readonly [index: number, changes: readonly Change[]])[];
  readonly failures: readonly (readonly [index: number, error: PlainError])[];
  readonly suspended: readonly VisitCheckpoint[];
}

/** A sub-pipeline step, or an item of one, whose child waits for an answer. */
export interface ChildCheckpoint extends OpenCheckpoint {
  /** The field of the instance that holds the child. */
  readonly field: string;
  /** Its name; empty if it has none but that of its class. */
  readonly pipeline: string;
  readonly fingerprint: string;
  /** What the step gets if it has to be tried again. */
  readonly given: GivenCheckpoint;
  /** What the step itself has changed. */
  readonly changes: readonly Change[];
  readonly usage: UsageTotal;
  readonly flow: FlowCheckpoint;
}

/** What a step was given. */
export interface GivenCheckpoint {
  readonly input: StoredValue;
  readonly inputs?: readonly (readonly [step: string, output: StoredValue])[];
  readonly item?: StoredValue;
}
