import { Activation } from '../../../executor/activation.js';
import { invoke } from '../../../executor/invoke.js';
import { enlist } from '../../../executor/schedule.js';
import type { WalkScope } from '../../../executor/walk-scope.js';
import type { Engine } from '../../../ports/engine.js';
import type { Given } from '../../../run/given.js';
import { fromStored, type StoredValue } from '../../../run/stored-value.js';
import { copyPlain } from '../../../state/plain.js';
import { freeze, fromStoredOutcome, type Envelope } from '../envelope.js';
import type { PastLog } from '../past-log.js';
import { perform } from '../perform.js';
import type { Publisher } from '../publisher.js';
import type { ItemOrder } from './item-order.js';

/** What the execution of an item is made of. */
export interface ItemFacts {
  readonly order: ItemOrder;
  readonly past: PastLog;
  readonly publisher: Publisher;
}

/** Runs one item, and has the run end before any walk begins: where that leads is known to whoever has sent it. */
export class ItemEngine implements Engine<Activation> {
  readonly #run: WalkScope;
  readonly #facts: ItemFacts;
  #lost: { readonly error: unknown } | undefined;
  #envelope: Envelope | undefined;

  constructor(run: WalkScope, facts: ItemFacts) {
    this.#run = run;
    this.#facts = facts;
  }

  /** How the item has ended; undefined if it did not come so far. */
  get envelope(): Envelope | undefined {
    return this.#envelope;
  }

  /** What has made it give up; undefined if it hasn't. */
  get lost(): { readonly error: unknown } | undefined {
    return this.#lost;
  }

  /** Before anything is told: what was told before is known, and what is told now is heard. */
  attach(): void {
    const { past, publisher } = this.#facts;
    const { teller, transcript } = this.#run;
    past.restore(transcript);
    for (const event of past.events) publisher.spoken.take(event);
    teller.recorder = publisher;
  }

  /** The log of what was told is lost: what counts is told again. */
  sayAgain(): void {
    if (this.#lost === undefined && !this.#run.over) this.#facts.publisher.spoken.sayAgain(this.#run);
  }

  /** Another execution has the item: this one ends, and tells nobody. */
  giveUp(error: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost = { error };
    this.#facts.publisher.stop(error);
    this.#run.fail(error as Error);
  }

  async prepare(): Promise<void> {
    const run = this.#run;
    const { past, publisher } = this.#facts;
    const activation = this.#toActivation();
    [activation.firstToken, activation.lastToken] = past.rangeOf(activation);
    enlist(run, activation);
    let envelope: Envelope;
    try {
      envelope = await perform(activation, invoke, { publisher, begun: past.hasBegun(activation) });
    } catch (error) {
      // What it has told can't be stored any more; the run ends like one that has given up.
      return this.giveUp(error);
    }
    if (this.#lost !== undefined) return;
    this.#envelope = envelope;
    const { error } = fromStoredOutcome(envelope.outcome);
    run.end(error === undefined ? { status: 'success' } : { status: 'failed', error });
  }

  /** As its each would have made it, with what that has given to all of its items. */
  #toActivation(): Activation {
    const { root: flow } = this.#run;
    const { share, index, item } = this.#facts.order;
    // What hooks have made of the state was done before, in the process of the run.
    flow.store.replace(copyPlain(share.base, [], false) as object);
    for (const [name, output] of share.outputs) flow.outputs.add(name, revive(output));
    const step = flow.plan.steps.find(({ name }) => name === share.step)!;
    const inputs =
      share.inputs && freeze(Object.fromEntries(share.inputs.map(([name, value]) => [name, revive(value)])));
    const given: Given = { input: revive(share.input), ...(inputs && { inputs }), item: revive(item) };
    const facts = { flow, step, visit: share.visit, given, base: flow.store.current, baseVersion: 0 };
    return new Activation({ ...facts, each: new Activation(facts), index });
  }

  /** There is no walk that could ask. */
  step(): never {
    throw new Error('an item was asked for a step');
  }

  next(): never {
    throw new Error('an item was asked for a report');
  }
}

/** Nobody may write into what all have in common (B.1). */
const revive = (stored: StoredValue): unknown => freeze(fromStored(stored));
