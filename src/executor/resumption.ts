import { AlreadyResumedError } from '../errors/already-resumed-error.js';
import type { RunStore } from '../ports/run-store.js';
import type { Checkpoint } from '../run/checkpoint.js';
import type { ActivationOutcome } from '../run/outcome.js';
import type { Activation } from './activation.js';
import type { Ended } from './agenda.js';
import type { Answered } from './check-answers.js';
import { setDeadline } from './end-child.js';
import { flowOf, type Flow } from './flow.js';
import { inPlaceOrder } from './in-place-order.js';
import { invokeExpired } from './invoke.js';
import { scheduleAgain } from './schedule.js';
import { suspendedIn } from './suspended-in.js';
import type { WalkScope } from './walk-scope.js';

/** What a run goes on from when it is resumed: its checkpoint, and the answers to what it waits for. */
export class Resumption {
  readonly checkpoint: Checkpoint;
  readonly #answered: Answered;
  #outputs: ReadonlyMap<string, unknown> = new Map();

  constructor(checkpoint: Checkpoint, answered: Answered) {
    this.checkpoint = checkpoint;
    this.#answered = answered;
  }

  get segment(): number {
    return this.checkpoint.segment + 1;
  }

  /**
   * Waits for what validates the answers, and then takes the segment for this run; whoever comes second is told what the
   * first has answered (H.3). Rejects with what stands against it.
   */
  async claim(pipeline: string, store: RunStore | undefined): Promise<void> {
    const { outputs, given } = this.#answered;
    const judged = [...outputs].map(async ([key, output]) => [key, await output] as const);
    this.#outputs = new Map(await Promise.all(judged));
    if (store === undefined) return;
    const { runId } = this.checkpoint;
    const claim = await store.claim(runId, this.segment, given);
    if (!claim.won) throw new AlreadyResumedError(pipeline, runId, claim.answers);
  }

  /** What ends by the answers, in plan order; what has expired is given to its handlers. */
  begin(run: WalkScope): readonly Ended[] {
    const ended: Ended[] = [];
    for (const activation of suspendedIn(run.root).sort(inPlaceOrder)) {
      const { key } = activation;
      const expired = this.#answered.expired.get(key);
      if (expired !== undefined) expire(run, activation, expired);
      else if (this.#outputs.has(key)) ended.push({ activation, outcome: this.#outcomeOf(activation) });
    }
    for (const { activation } of ended) awake(run, activation);
    return ended;
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

/** It is alive again, and so are those around it. */
function awake(run: WalkScope, activation: Activation): void {
  const flow = flowOf(activation);
  if (activation.each === undefined) {
    flow.suspended = flow.suspended!.filter((other) => other !== activation);
    flow.alive++;
  }
  for (let inner: Flow | undefined = flow; inner?.caller !== undefined; inner = inner.outer)
    if (inner.deadline === undefined) setDeadline(run, inner.caller, inner);
}

function expire(run: WalkScope, activation: Activation, error: Error): void {
  awake(run, activation);
  const items = activation.each && flowOf(activation).eaches!.get(activation.each)!;
  if (items !== undefined) {
    items.suspended.splice(items.suspended.indexOf(activation), 1);
    items.live++;
    flowOf(activation).count(activation.step.id, 'suspended', -1);
  }
  scheduleAgain(run, activation, (expired, settle) => invokeExpired(expired, settle, error));
}
