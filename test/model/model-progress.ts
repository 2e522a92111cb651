import type { VisitStatus } from '../../src/run/ledger.js';
import type { ModelPaths } from './model-paths.js';

/** Where the model's run stands: plain sets, and every question answered by looking at all of them. */
export class ModelProgress {
  readonly paths: ModelPaths;
  /** To be started when the report is processed. */
  readonly ready = new Set<string>();
  readonly started = new Set<string>();
  /** What became of each visit that has been processed. */
  readonly visits = new Map<string, VisitStatus>();
  /** Activations that were decided against, and as what. */
  readonly against = new Map<string, 'lost' | 'cancelled'>();
  /** Steps that can't start any more; with the step to blame where it isn't a matter of edges. */
  readonly dead = new Map<string, string | undefined>();
  /** Any-joins that have their success, or can have none any more; of a success by whom. */
  readonly decided = new Map<string, string | undefined>();
  /** Any-joins that run only to fail. */
  readonly failing = new Set<string>();
  /** For each any-join the failures that it has survived. */
  readonly survived = new Map<string, readonly string[]>();
  readonly errors: string[] = [];
  readonly aggregates: Record<string, readonly string[]> = {};
  readonly stoppedBy = new Set<string>();
  stopped = false;
  failure: string | undefined;

  constructor(paths: ModelPaths) {
    this.paths = paths;
  }

  /** Started and not yet reported, in plan order. */
  inFlight(): string[] {
    return this.paths.order.filter((name) => this.started.has(name) && !this.visits.has(name));
  }

  die(name: string, by?: string): void {
    if (!this.dead.has(name)) this.dead.set(name, by);
    this.ready.delete(name);
  }

  /** Whether a step has given an output. */
  endedWell(name: string): boolean {
    const visit = this.visits.get(name);
    return (visit === 'done' || visit === 'recovered') && !this.stoppedBy.has(name);
  }

  /** Whether a parent's edge has led to this step; an any-join knows only the first. */
  arrived(parent: string, name: string): boolean {
    return this.decided.has(name) ? this.decided.get(name) === parent : this.endedWell(parent);
  }

  /** C.3: whether an arrival can still come from this parent. */
  isOpen(parent: string): boolean {
    return !this.dead.has(parent) && !this.visits.has(parent) && !this.against.has(parent);
  }

  isUndecided(anyJoin: string): boolean {
    return !this.decided.has(anyJoin) && !this.dead.has(anyJoin);
  }

  /** The nearest any-join to which every path leads: no other one lies before it. */
  survivorOf(name: string): string | undefined {
    const { order, step, everyPath } = this.paths;
    return order.find((other) => step(other).join === 'any' && everyPath(name, other));
  }

  allJoinsBetween(from: string, to: string): string[] {
    const { order, step, isJoin, leadsTo } = this.paths;
    return order.filter((n) => isJoin(n) && step(n).join !== 'any' && leadsTo(from, n) && leadsTo(n, to));
  }
}

/** What a step of the model returns, and what its handler returns in its place. */
export const outputOf = (name: string, visit: VisitStatus | undefined): string =>
  visit === 'recovered' ? `${name}~` : `${name}!`;
