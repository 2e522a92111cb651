import type { Settle } from '../ports/engine.js';
import type { Checkpoint } from '../run/checkpoint.js';
import type { ActivationOutcome } from '../run/outcome.js';
import { CANCELLED, type Activation } from './activation.js';
import type { Answered } from './check-answers.js';
import { setDeadline } from './end-child.js';
import type { Flow } from './flow.js';
import { invokeExpired } from './invoke.js';
import { enlist, scheduleAgain } from './schedule.js';
import { suspendedIn } from './suspended-in.js';
import type { WalkScope } from './walk-scope.js';

/** What a run goes on from when it is resumed: its checkpoint, and the answers to what it waits for. */
export class Resumption {
  readonly checkpoint: Checkpoint;
  /** Whether the store has given it the segment. */
  claimed = false;
  readonly #answered: Answered;
  #outputs: ReadonlyMap<string, unknown> = new Map();

  constructor(checkpoint: Checkpoint, answered: Answered) {
    this.checkpoint = checkpoint;
    this.#answered = answered;
  }

  get segment(): number {
    return this.checkpoint.segment + 1;
  }

  /** The answers as they were given, for whoever comes too late. */
  get given(): Answered['given'] {
    return this.#answered.given;
  }

  /** Waits for what validates the answers. Rejects with what is wrong with one. */
  async validate(): Promise<void> {
    const judged = [...this.#answered.outputs].map(async ([key, output]) => [key, await output] as const);
    this.#outputs = new Map(await Promise.all(judged));
  }

  /**
   * The first report of the segment: what ends by the answers. What has expired is given to its handlers. All of them are
   * in flight until they are taken, so that one can still be decided against by another, and no child ends too early.
   */
  begin(run: WalkScope): readonly Activation[] {
    const { expired } = this.#answered;
    const all = suspendedIn(run.root).filter(({ key }) => expired.has(key) || this.#outputs.has(key));
    awake(run, run.root, new Set(all.map(({ key }) => key)));
    const answered = all.filter(({ key }) => !expired.has(key));
    for (const activation of answered) {
      activation.outcome = this.#outcomeOf(activation);
      enlist(run, activation);
    }
    for (const activation of all) {
      const error = expired.get(activation.key);
      if (error !== undefined) scheduleAgain(run, activation, (late, settle) => beginExpired(late, settle, error));
    }
    return answered;
  }

  #outcomeOf({ key, step, flow, given }: Activation): ActivationOutcome {
    const output = this.#outputs.get(key);
    if (step.kind !== 'switch') return { status: 'done', output };
    const { cases = {}, otherwise = null } = step;
    const target = Object.hasOwn(cases, String(output)) ? cases[String(output)] : otherwise;
    const route = target === null ? [] : [flow.plan.steps[target].name];
    return { status: 'done', output, route, passes: { value: given.input } };
  }
}

/** One that another answer has decided against meanwhile asks nobody any more. */
function beginExpired(activation: Activation, settle: Settle<Activation>, error: Error): void {
  if (activation.decided === undefined) return invokeExpired(activation, settle, error);
  activation.report = settle;
  activation.settle(CANCELLED);
}

/** What is woken in a flow is alive again, and so is what is around it. Returns whether anything is. */
function awake(run: WalkScope, flow: Flow, keys: ReadonlySet<string>): boolean {
  const sleeps = ({ key }: { readonly key: string }): boolean => !keys.has(key);
  const { suspended = [], eaches, children, caller } = flow;
  let woken = suspended.length - (flow.suspended = suspended.filter(sleeps)).length;
  flow.alive += woken;
  for (const [each, items] of eaches ?? []) {
    const before = items.suspended.length;
    items.suspended = items.suspended.filter(sleeps);
    const count = before - items.suspended.length;
    items.live += count;
    if (count > 0) flow.count(each.step.id, 'suspended', -count);
    // It remembers anew what they have said when they end.
    each.spoken = each.spoken?.filter(sleeps);
    woken += count;
  }
  if (caller?.spoken !== undefined) caller.spoken = caller.spoken.filter(sleeps);
  for (const child of children?.values() ?? []) if (awake(run, child, keys)) woken++;
  if (woken > 0 && caller !== undefined) setDeadline(run, caller, flow);
  return woken > 0;
}
