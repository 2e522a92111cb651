import { advance, begin, createProgress } from '../../src/executor/advance.js';
import { takeReady, type Start } from '../../src/executor/take-ready.js';
import { findWaiting, isShut, recordVisit, whyNotTaken } from '../../src/executor/visits.js';
import { compile } from '../../src/plan/compile.js';
import type { Plan } from '../../src/plan/plan.js';
import type { ActivationOutcome } from '../../src/run/outcome.js';
import { visitsOf, type Progress } from '../../src/run/progress.js';
import { buildPipeline, type StepSpec } from './build-class.js';

/** How a driven visit ends: well, along its `to` or a route, unless something else is said. */
export interface DrivenEnd {
  readonly output?: unknown;
  readonly route?: readonly string[];
  readonly passes?: unknown;
  readonly does?: 'skip' | 'fail' | 'stop';
}

/** Drives `advance` alone, one outcome a report, as the walk does: without bodies, engine or time. */
export class Drive {
  readonly plan: Plan;
  progress: Progress;
  /** What has started and not ended, by key, in order. */
  readonly alive = new Map<string, Start>();
  /** Joins as they were decided: `j: a b / c` where a and b have arrived and c is dead. */
  readonly joins: string[] = [];
  failure: Error | undefined;

  constructor(steps: readonly StepSpec[] | Plan) {
    this.plan = 'v' in steps ? steps : compile(buildPipeline({ steps })).plan;
    this.progress = createProgress(this.plan);
    begin(this.plan, this.progress);
    this.#start();
  }

  /** The same run, gone on with from a copy of its progress. */
  static from(plan: Plan, progress: Progress, original: Drive): Drive {
    const drive = new Drive(plan);
    drive.progress = progress;
    drive.alive.clear();
    const idOf = (id: number): number => plan.steps.findIndex(({ name }) => name === original.plan.steps[id].name);
    for (const [key, start] of original.alive) drive.alive.set(key, { ...start, id: idOf(start.id) });
    return drive;
  }

  /** The keys of everything alive. */
  get now(): string {
    return [...this.alive.keys()].join(' ');
  }

  /** What a visit that is alive was given. */
  given(key: string): Start['given'] {
    return this.alive.get(key)!.given;
  }

  /** Ends a visit with its key as the output, if nothing else is said; returns the keys of what starts by it. */
  end(key: string, { output = key, route, passes, does }: DrivenEnd = {}): string {
    const start = this.alive.get(key);
    if (start === undefined) throw new Error(`${key} is not alive, but ${this.now}`);
    this.alive.delete(key);
    const carried = passes === undefined ? {} : { passes: { value: passes } };
    const outcomes: Record<string, ActivationOutcome> = {
      skip: { status: 'skipped' },
      fail: { status: 'failed', error: new Error(key) },
      stop: { status: 'done', stop: true, output },
    };
    this.#take(start, (does && outcomes[does]) ?? { status: 'done', output, route, ...carried });
    return this.failure === undefined ? this.#start() : '';
  }

  /** Ends visits one after the other, and returns what is alive then. */
  run(...keys: readonly string[]): string {
    for (const key of keys) this.end(key);
    return this.now;
  }

  /** The names of what still waits although nothing is alive: none. */
  get waiting(): readonly string[] {
    return findWaiting(this.plan, this.progress).map((id) => this.plan.steps[id].name);
  }

  /** Per step its visits, or why it has none and by whom. */
  get ledger(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.plan.steps.map(({ id, name }) => {
        const { why, by } = whyNotTaken(this.plan, this.progress, id);
        return [name, visitsOf(this.progress, id).join(' ') || `${why}${by === undefined ? '' : ` by ${by}`}`];
      }),
    );
  }

  #take({ id, visit }: Start, outcome: ActivationOutcome): void {
    const { plan, progress } = this;
    recordVisit(progress, id, visit, outcome.status as 'done');
    const failure = advance(plan, progress, plan.steps[id], outcome);
    this.failure ??= failure;
    const names = (ids: readonly number[]): string => ids.map((step) => plan.steps[step].name).join(' ');
    for (const { id: join, arrived, dead } of progress.decided)
      this.joins.push(`${plan.steps[join].name}: ${names(arrived)} / ${names(dead)}`);
    for (const [key, loser] of this.alive) {
      if (!isShut(progress, loser.id)) continue;
      this.alive.delete(key);
      recordVisit(progress, loser.id, loser.visit, 'lost');
    }
  }

  #start(): string {
    const starts = takeReady(this.plan, this.progress).map((start): [string, Start] => [this.#keyOf(start), start]);
    for (const [key, start] of starts) this.alive.set(key, start);
    return starts.map(([key]) => key).join(' ');
  }

  #keyOf({ id, visit }: Start): string {
    return `${this.plan.steps[id].name}${visit > 1 ? `#${visit}` : ''}`;
  }
}
