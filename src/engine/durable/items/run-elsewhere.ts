import { StepError } from '../../../errors/step-error.js';
import type { Activation } from '../../../executor/activation.js';
import { placeOf } from '../../../executor/mistake.js';
import { takeBack } from '../../../executor/take-back.js';
import type { Timer } from '../../../ports/clock.js';
import type { Settle } from '../../../ports/engine.js';
import type { RunEvent } from '../../../run/events.js';
import type { ActivationOutcome } from '../../../run/outcome.js';
import { fromStoredOutcome } from '../envelope.js';
import { fromStoredFailure } from '../stored-failure.js';
import type { StoredEnd } from '../stored-end.js';
import type { InLine } from './turns.js';
import { toItemOrder } from './item-order.js';
import type { ItemElsewhere, ItemRunner } from './item-runner.js';

/** How many milliseconds one that was decided against may take to say so: its worker may have died with it. */
const CONCLUDING = 20_000;

/** Of whom items are asked, and when. */
export interface ElsewhereFacts {
  readonly items: ItemRunner;
  /** Its place among the items that are started. */
  readonly line: InLine;
  /** Whether this execution only leaves it to the next one. */
  readonly isLost: () => boolean;
}

/**
 * The body of an item that runs elsewhere: what it tells there is told here, in its place, and it ends as it has ended
 * there. Decided against it is asked to end there.
 */
export function runElsewhere(facts: ElsewhereFacts): (activation: Activation, settle: Settle<Activation>) => void {
  return (activation, settle) => {
    activation.report = settle;
    void new Elsewhere(activation, facts).follow();
  };
}

class Elsewhere {
  readonly #activation: Activation;
  readonly #facts: ElsewhereFacts;
  #item: ItemElsewhere | undefined;
  #begun = false;
  #aborted: { readonly reason: unknown } | undefined;
  #patience: Timer | undefined;

  constructor(activation: Activation, facts: ElsewhereFacts) {
    this.#activation = activation;
    this.#facts = facts;
    // It has a time of its own: the grace is that of its body, where that runs.
    const abort = (reason: unknown): void => this.#abort(reason);
    activation.current = { abort, endLimits: () => undefined, hooks: this };
  }

  async follow(): Promise<void> {
    const activation = this.#activation;
    const { items, line } = this.#facts;
    try {
      await line.before;
      if (activation.decided !== undefined) return this.#leave();
      this.#item = await items.start(toItemOrder(activation));
      line.over();
      if (this.#aborted) this.#abort(this.#aborted.reason);
      for await (const event of this.#item.events) {
        if (activation.settled) return;
        if (event.type === 'step-start') this.#begin();
        else tell(activation, event);
        await room(activation);
      }
      const end = await this.#item.end();
      activation.run.teller.warnings.push(...end.rest.warnings);
      if (activation.settled) return;
      // What it told first may be lost.
      if (end.item?.begun) this.#begin();
      this.#settle(outcomeOf(activation, end));
    } catch (error) {
      if (!activation.settled) this.#break(error);
    }
  }

  /** Told once, also if it is not the first of its key: that of an earlier attempt of its pipeline had the same. */
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#activation.begun = true;
    this.#activation.run.teller.stepStart(this.#activation);
  }

  #abort(reason: unknown): void {
    this.#aborted ??= { reason };
    if (this.#item === undefined) return;
    if (this.#facts.isLost()) return this.#leave();
    const { clock } = this.#activation.run;
    this.#patience ??= clock.after(CONCLUDING, () => this.#leave());
    this.#item.cancel(reason).then(
      (hasBegun) => !hasBegun && this.#leave(),
      (error: unknown) => this.#break(error),
    );
  }

  #leave(): void {
    this.#settle({ status: 'cancelled' });
  }

  #settle(outcome: ActivationOutcome): void {
    this.#patience?.cancel();
    this.#item?.leave();
    this.#activation.settle(outcome);
  }

  /** Neither its failure nor that of its step: nobody can say what becomes of it. */
  #break(error: unknown): void {
    this.#activation.run.fail(error as Error);
    this.#leave();
  }
}

/** Tells here what it has told there. */
function tell(activation: Activation, event: RunEvent): void {
  const { run } = activation;
  const { teller } = run;
  // It counts anew where its process has died.
  if ('attempt' in event) activation.attempt = event.attempt;
  switch (event.type) {
    case 'token-reset':
      return takeBack(activation, event.why);
    case 'token':
      return say(activation, event.value);
    case 'step-retry': {
      teller.step('step-retry', activation, { error: event.error, delay: event.delay });
      activation.attempt = event.attempt + 1;
      return;
    }
    case 'step-error':
      return teller.step('step-error', activation, { error: event.error, handled: event.handled });
    case 'custom':
      // Whatever a body says after the decision against it is dropped (F.3).
      if (activation.decided === undefined) teller.step('custom', activation, { name: event.name, data: event.data });
      return;
    case 'usage':
      return teller.step('usage', activation, { usage: event.usage });
    default:
  }
}

function say(activation: Activation, value: unknown): void {
  const { run, key, decided } = activation;
  if (decided !== undefined) return;
  if (typeof value === 'string') run.transcript.add(key, value);
  activation.lastToken = run.teller.token(activation, value);
  if (activation.firstToken === 0) activation.firstToken = activation.lastToken;
}

/** A reader that is far behind is told no more. */
async function room({ run }: Activation): Promise<void> {
  while (run.log.full && !run.ending) await new Promise<void>((resolve) => run.log.gate({ release: resolve }));
}

function outcomeOf(activation: Activation, { item, error }: StoredEnd): ActivationOutcome {
  if (item !== undefined) {
    if (item.leftBehind) leftBehind(activation);
    activation.attempt = item.attempt;
    const outcome = fromStoredOutcome(item.outcome);
    if (outcome.status !== 'cancelled' || activation.decided !== undefined) return outcome;
  }
  if (activation.decided !== undefined) return { status: 'cancelled' };
  return { status: 'failed', error: brokenOff(activation, error && fromStoredFailure(error)) };
}

function leftBehind(activation: Activation): void {
  activation.leaveBehind();
  activation.run.noteAbandoned(activation.key);
}

/** It has ended there without an outcome: its worker died too often, or somebody has cancelled it by its own id. */
function brokenOff(activation: Activation, cause: Error | undefined): StepError {
  const { code = 'RUN_BROKEN_OFF' } = (cause ?? {}) as { readonly code?: string };
  return new StepError(placeOf(activation), {
    code,
    what: `was broken off where it ran: ${cause?.message ?? 'nobody can say why'}`,
    remedy: 'Look at the `onError` of the workers, and at the cause.',
    cause,
  });
}
