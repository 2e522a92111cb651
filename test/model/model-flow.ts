import type { VisitStatus } from '../../src/run/ledger.js';
import type { Settled } from './model-behaviour.js';
import type { ModelGraph, ModelState, ModelStep, Write } from './model-graph.js';
import { modelPaths, type ModelPaths } from './model-paths.js';
import { ModelVersions } from './model-state.js';

/** How one call of a body ended, once everything that belongs to it has. */
export interface Result extends Partial<Pick<Settled, 'output' | 'goto' | 'stop' | 'writes'>> {
  readonly status: VisitStatus;
  /** Of a failure that neither a retry nor a handler nor an any-join takes: a mistake of the class. */
  readonly fatal?: boolean;
  /** The error, if it isn't one of the step's own. */
  readonly error?: ModelError;
}

/** One call of a body: that of a visit, or of one item of it. */
export interface ModelUnit {
  readonly visit: ModelVisit;
  readonly index?: number;
  readonly key: string;
  /** Plan order, visit and index of everything that it is in, the outermost first. */
  readonly place: readonly number[];
  phase: 'waiting' | 'running' | 'child' | 'suspended' | 'over';
  /** What is called next: after a child has failed for good the handler alone. */
  mode: 'body' | 'handler';
  attempt: number;
  against?: 'lost' | 'cancelled';
  child?: ModelFlow;
  /** What its body has changed around a child: committed when that has ended. */
  writes?: readonly Write[];
  /** A mistake in its child, that nothing takes. */
  fatal?: ModelError;
  result?: Result;
}

/** One visit of a step. */
export interface ModelVisit {
  readonly flow: ModelFlow;
  readonly step: ModelStep;
  readonly number: number;
  readonly input: unknown;
  /** Only of joins. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Whether it is an any-join that runs only to fail. */
  readonly failing: boolean;
  /** The outputs that there were, and the version of the state, when it started. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly base: number;
  /** It begins by a call of its own that opens its input; then there are items. */
  readonly perItem: boolean;
  items?: readonly unknown[];
  readonly units: ModelUnit[];
  against?: 'lost' | 'cancelled';
  /** Once it is over. */
  status?: VisitStatus;
}

/** What makes a step ready: an arrival, a decided join, a jump. */
export interface Entry {
  readonly name: string;
  readonly input: unknown;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly failing?: boolean;
}

export interface ModelError {
  readonly step: string;
  /** What it is an aggregate of. */
  readonly of?: readonly string[];
  /** Of a commit that could not be merged: the last committers of the paths in question. */
  readonly others?: readonly string[];
}

/** One pipeline in a run: the root, or a child. Plain facts; every question is answered by looking at all of them. */
export class ModelFlow {
  readonly graph: ModelGraph;
  readonly paths: ModelPaths;
  readonly versions: ModelVersions;
  /** The call of the parent that runs it. */
  readonly caller: ModelUnit | undefined;
  readonly visits: ModelVisit[] = [];
  ready: Entry[] = [];
  /** Of each join: what has arrived in this round, from whom. */
  readonly arrivals = new Map<string, Map<string, unknown>>();
  /** Joins about which it is decided in this round whether they run. */
  readonly decided = new Set<string>();
  /** What can't start any more, and who is to blame (a decided any-join, a survived failure), until the round of that step is over. */
  readonly shut = new Map<string, { readonly by: string; readonly until: string }>();
  /** For each any-join the failures that it has survived in this round. */
  readonly survived = new Map<string, readonly string[]>();
  /** By header: whether a round of the loop has begun since the one around it has. */
  readonly entered = new Set<string>();
  /** By header: whether the loop is over in the round of what is around it. */
  readonly over = new Set<string>();
  /** By header: those that have jumped, with what each passes on. */
  readonly pending = new Map<string, Map<string, unknown>>();
  /** By header: those that wait to be let in. */
  readonly queue = new Map<string, Entry[]>();
  /** After the last outcome: steps that were never visited, and never will be. */
  dead: ReadonlySet<string> = new Set();
  readonly outputs = new Map<string, unknown>();
  /** Those of the whole run, in the order in which they were processed. */
  readonly errors: ModelError[];
  failure: { readonly error: ModelError; readonly fatal: boolean } | undefined;
  /** Steps that would be visited more often than they may. */
  readonly runaways = new Set<string>();
  stopped = false;
  /** Decided against from outside. */
  aborted = false;
  /** Its caller has been told of its end. */
  closed = false;

  constructor(graph: ModelGraph, state: ModelState, caller?: ModelUnit, paths?: ModelPaths) {
    this.graph = graph;
    this.paths = paths ?? modelPaths(graph.steps);
    this.versions = new ModelVersions(graph, state);
    this.caller = caller;
    this.errors = caller?.visit.flow.errors ?? [];
    for (const { header } of this.paths.loops) {
      this.pending.set(header, new Map());
      this.queue.set(header, []);
    }
  }

  /** Nothing starts any more. */
  get isEnded(): boolean {
    return this.stopped || this.aborted || this.failure !== undefined;
  }

  /** Visits that count for the rules: neither over nor decided against. */
  live(name?: string): ModelVisit[] {
    return this.visits.filter(
      (visit) => visit.status === undefined && !visit.against && (name === undefined || visit.step.name === name),
    );
  }

  wasVisited(name: string): boolean {
    return this.visits.some(({ step }) => step.name === name);
  }

  /** Nothing of it is alive, in flight or waiting for an answer. */
  get isOver(): boolean {
    const isOver = ({ status, units }: ModelVisit): boolean =>
      status !== undefined && units.every(({ phase }) => phase === 'over');
    return this.ready.length === 0 && this.visits.every(isOver);
  }

  /** Itself, and all pipelines that are running inside it. */
  get tree(): ModelFlow[] {
    const children = this.visits.flatMap(({ units }) =>
      units.flatMap(({ phase, child }) => (phase === 'child' ? child!.tree : [])),
    );
    return [this, ...children];
  }

  /** Drops what has not started yet. */
  clear(): void {
    this.ready = [];
    for (const { header } of this.paths.loops) {
      this.pending.get(header)!.clear();
      this.queue.set(header, []);
    }
  }
}
