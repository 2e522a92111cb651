import { advance, causeOfDeath } from './model-advance.js';
import { bodyOf } from './model-behaviour.js';
import type {
  ModelConflict,
  ModelGraph,
  ModelLedger,
  ModelState,
  Replayed,
  Report,
  Reported,
  Seen,
} from './model-graph.js';
import { beginnings, modelPaths, type ModelPaths } from './model-paths.js';
import { ModelProgress, outputOf } from './model-progress.js';
import { ModelVersions } from './model-state.js';

/** One run as the rules say that it goes, report by report. */
export class ModelRun {
  readonly #graph: ModelGraph;
  readonly #progress: ModelProgress;
  readonly #versions: ModelVersions;
  readonly #starts: string[][] = [];
  readonly #cancelled: string[][] = [];
  readonly #seen: Record<string, Seen> = {};
  readonly #versionsSeen: Record<string, ModelState> = {};
  readonly #base = new Map<string, number>();
  readonly #told = new Set<string>();
  #conflict: ModelConflict | undefined;

  /** `paths` may be given where many graphs differ only in what their steps do. */
  constructor(graph: ModelGraph, paths: ModelPaths = modelPaths(graph.steps)) {
    this.#graph = graph;
    this.#progress = new ModelProgress(paths);
    this.#versions = new ModelVersions(graph);
    for (const name of beginnings(paths)) this.#progress.ready.add(name);
    this.#startReady();
  }

  /** Started and not yet reported, in plan order. */
  inFlight(): readonly string[] {
    return this.#progress.inFlight();
  }

  /** Whether an activation was decided against, so that its body should end by its signal. */
  isAgainst(name: string): boolean {
    return this.#progress.against.has(name);
  }

  /** Whether an any-join runs only to fail. */
  isFailing(name: string): boolean {
    return this.#progress.failing.has(name);
  }

  /** All starts happen when a report has been processed completely, in plan order. */
  #startReady(): void {
    const progress = this.#progress;
    const starts = progress.paths.order.filter((name) => progress.ready.has(name));
    for (const name of starts) {
      progress.ready.delete(name);
      progress.started.add(name);
      this.#base.set(name, this.#versions.last);
      this.#versionsSeen[name] = this.#versions.copy(this.#versions.last);
      if (!progress.failing.has(name)) this.#seen[name] = this.#see(name);
    }
    this.#starts.push(starts);
  }

  take(report: Report): void {
    const { order } = this.#progress.paths;
    const alive = this.#progress.inFlight();
    const settled = new Set(report.map(({ key }) => key));
    for (const reported of [...report].sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key))) this.#one(reported);
    this.#startReady();
    this.#cancelled.push(this.#newlyDecidedAgainst(alive.filter((name) => !settled.has(name))));
  }

  #newlyDecidedAgainst(alive: readonly string[]): string[] {
    const now = alive.filter((name) => this.#progress.against.has(name) && !this.#told.has(name));
    for (const name of now) this.#told.add(name);
    return now;
  }

  /** C.1: one outcome at a time, each completely. */
  #one(reported: Reported): void {
    const progress = this.#progress;
    const { key, status, stop } = reported;
    if (!progress.started.has(key) || progress.visits.has(key)) throw new Error(`"${key}" is not in flight.`);
    const against = progress.against.get(key);
    if (against) return void progress.visits.set(key, status === 'abandoned' ? status : against);
    if (status === 'cancelled') throw new Error(`"${key}" was cancelled, and nobody had decided against it.`);
    if (status === 'failed' || status === 'abandoned') return this.#fail(key, status);
    const others = this.#versions.commit(key, this.#base.get(key)!, this.#writesOf(reported));
    if (others.length > 0) {
      this.#conflict = { step: key, others };
      progress.visits.set(key, 'failed');
      return this.#end(key);
    }
    progress.visits.set(key, status);
    if (stop) this.#stop(key);
    else if (!progress.stopped) advance(progress);
  }

  /** A.2: a body's own changes, or its handler's, never both. */
  #writesOf({ key, status }: Reported) {
    const body = bodyOf(this.#graph, key, this.#progress.failing.has(key));
    return status === 'recovered' || body.failed ? (body.handler?.writes ?? []) : body.step.writes;
  }

  #fail(key: string, status: 'failed' | 'abandoned'): void {
    const progress = this.#progress;
    progress.visits.set(key, status);
    if (progress.failing.has(key)) progress.aggregates[key] = [...(progress.survived.get(key) ?? [])];
    const survivor = progress.stopped ? undefined : progress.survivorOf(key);
    if (survivor === undefined || !progress.isUndecided(survivor)) return this.#end(key);
    progress.errors.push(key);
    progress.survived.set(survivor, [...(progress.survived.get(survivor) ?? []), key]);
    for (const name of progress.allJoinsBetween(key, survivor)) {
      if (!progress.started.has(name)) progress.die(name, key);
    }
    advance(progress);
  }

  /** The run fails: nothing starts any more, what is alive is cancelled. */
  #end(key: string): void {
    const progress = this.#progress;
    progress.errors.push(key);
    progress.failure = key;
    progress.ready.clear();
    for (const name of progress.inFlight()) {
      if (!progress.against.has(name)) progress.against.set(name, 'cancelled');
    }
  }

  /** B.4: what is alive ends by itself, nothing new starts. */
  #stop(key: string): void {
    this.#progress.stoppedBy.add(key);
    this.#progress.stopped = true;
    this.#progress.ready.clear();
  }

  #see(name: string): Seen {
    const { paths, visits } = this.#progress;
    const outputs = this.#outputs();
    const arrived = paths.parents(name).filter((parent) => this.#progress.arrived(parent, name));
    const inputs = Object.fromEntries(arrived.map((parent) => [parent, outputOf(parent, visits.get(parent))]));
    return {
      input: arrived.length > 0 ? inputs[arrived[0]] : undefined,
      ...(paths.isJoin(name) && { inputs }),
      outputs,
    };
  }

  #outputs(): Record<string, unknown> {
    const { paths } = this.#progress;
    const ended = paths.order.filter((name) => this.#progress.endedWell(name));
    return Object.fromEntries(ended.map((name) => [name, outputOf(name, this.#progress.visits.get(name))]));
  }

  #line(name: string): ModelLedger {
    const { visits, dead, stopped } = this.#progress;
    const visit = visits.get(name);
    if (visit) return { status: visit, visits: [visit] };
    if (this.#progress.started.has(name)) throw new Error(`"${name}" was started and never reported.`);
    if (dead.has(name)) return { status: 'not taken', visits: [], why: 'dead', by: causeOfDeath(this.#progress, name) };
    if (!stopped && this.#progress.failure === undefined) throw new Error(`Nobody decided about "${name}".`);
    return { status: 'not taken', visits: [], why: stopped ? 'stopped' : 'ended' };
  }

  told(): Replayed {
    const { paths, failure, errors, aggregates } = this.#progress;
    return {
      starts: this.#starts,
      cancelled: this.#cancelled,
      status: failure === undefined ? 'success' : 'failed',
      ...(failure !== undefined && { failure }),
      ledger: Object.fromEntries(paths.order.map((name) => [name, this.#line(name)])),
      errors,
      aggregates,
      outputs: this.#outputs(),
      seen: this.#seen,
      versions: this.#versionsSeen,
      state: this.#versions.copy(this.#versions.last),
      ...(this.#conflict && { conflict: this.#conflict }),
    };
  }
}
