import { RunTakenError } from '../../errors/run-taken-error.js';
import type { Activation } from '../../executor/activation.js';
import type { WalkScope } from '../../executor/walk-scope.js';
import type { Engine, Settle } from '../../ports/engine.js';
import type { ActivationOutcome } from '../../run/outcome.js';
import { copyPlain } from '../../state/plain.js';
import { fromStoredOutcome, type Envelope } from './envelope.js';
import { hookedFlows } from './hooked-flows.js';
import { isDistributed } from './items/item-order.js';
import type { ItemRunner } from './items/item-runner.js';
import { runElsewhere } from './items/run-elsewhere.js';
import { Turns } from './items/turns.js';
import { perform } from './perform.js';
import type { Publisher } from './publisher.js';
import type { PastLog } from './past-log.js';
import type { Recorder } from './recorder.js';
import { restoreActivation } from './restore-activation.js';

/** What a recording engine is made of. */
export interface RecordingEngineFacts {
  readonly recorder: Recorder;
  readonly past: PastLog;
  readonly publisher: Publisher;
  /** Who has the items of a distributed each executed elsewhere; without it they run here like all others. */
  readonly items?: ItemRunner | undefined;
  /** Whether a refused record says that the run was cancelled; then it is this that cancels it. */
  readonly wasCancelled: (error: unknown) => boolean;
}

/** One activation that was started and not yet reported. */
interface Flight {
  /** Its place among all starts. */
  readonly place: number;
  readonly activation: Activation;
  settled: boolean;
}

/**
 * Runs activations in this process and has everything recorded that the walk decides by: how each has ended, and which
 * of several had ended when the walk asked. So an execution that begins anew goes the same way without running again
 * what is recorded. Once the end of the run is decided nothing more is: what follows is cleaning up.
 */
export class RecordingEngine implements Engine<Activation> {
  readonly #run: WalkScope;
  readonly #facts: RecordingEngineFacts;
  #flights: Flight[] = [];
  #starts = 0;
  /** Of items that are started elsewhere: recording takes each its own time. */
  readonly #turns = new Turns();
  /** Every call of the recorder that has not come back. */
  readonly #calls = new Set<Promise<void>>();
  #onSettled: (() => void) | undefined;
  #onLive: (() => void) | undefined;
  #began = false;
  #fail: ((error: unknown) => void) | undefined;
  #lost: { readonly error: unknown } | undefined;

  constructor(run: WalkScope, facts: RecordingEngineFacts) {
    this.#run = run;
    this.#facts = facts;
  }

  /** Whether nothing could refuse the run any more when it got here. */
  get began(): boolean {
    return this.#began;
  }

  /** Resolves when everything that was recorded has been gone through again: whoever ends the run ends it there. */
  readonly caughtUp = new Promise<void>((resolve) => (this.#onLive = resolve));

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
    if (past.events.length === 0) this.#goLive();
  }

  /** The log of what was told is lost: what counts is told again. */
  sayAgain(): void {
    if (this.#lost === undefined && !this.#run.over) this.#facts.publisher.spoken.sayAgain(this.#run);
  }

  /** What per-run hooks have made of the state is recorded, for in another process they may make something else of it. */
  async prepare(): Promise<void> {
    this.#began = true;
    const hooked = hookedFlows(this.#run.root);
    if (hooked.length === 0) return;
    const prepared = async (): Promise<object[]> => {
      await Promise.resolve();
      return hooked.map(({ store }) => store.current);
    };
    let states: readonly object[] = [];
    try {
      states = await this.#facts.recorder.record('@state', prepared);
    } catch (error) {
      if (!this.#facts.wasCancelled(error)) this.giveUp(error);
      throw error;
    }
    states.forEach((state, place) => hooked[place].store.replace(copyPlain(state, [], false) as object));
  }

  step(activation: Activation, body: (activation: Activation, settle: Settle<Activation>) => void): void {
    const flight: Flight = { place: this.#starts++, activation, settled: false };
    this.#flights.push(flight);
    const { past } = this.#facts;
    if (!activation.begun && activation.deadlineOf === undefined)
      [activation.firstToken, activation.lastToken] = past.rangeOf(activation);
    this.#keep(this.#run.ending ? this.#clean(flight, body) : this.#start(flight, body));
  }

  next(report: (settled: readonly Activation[]) => void, fail: (error: unknown) => void): void {
    this.#fail = fail;
    if (this.#lost !== undefined) queueMicrotask(() => fail(this.#lost!.error));
    else this.#keep(this.#run.ending || this.#flights.length === 1 ? this.#reportAny(report) : this.#report(report));
  }

  /** Resolves when nothing that was to be recorded is under way any more. */
  async idle(): Promise<void> {
    while (this.#calls.size > 0) await Promise.all(this.#calls);
  }

  #goLive(): void {
    this.#onLive?.();
  }

  #keep(call: Promise<void>): void {
    const kept = call.finally(() => this.#calls.delete(kept));
    this.#calls.add(kept);
  }

  async #start(flight: Flight, body: Parameters<typeof perform>[1]): Promise<void> {
    const { activation } = flight;
    const { recorder, publisher, past, items } = this.#facts;
    const line = items !== undefined && isDistributed(activation, body) ? this.#turns.take() : undefined;
    const isLost = (): boolean => this.#lost !== undefined;
    const goes = line === undefined ? body : runElsewhere({ items: items!, line, isLost });
    let performed = false;
    let envelope: Envelope;
    try {
      envelope = await recorder.record(activation.key, () => {
        performed = goes === body;
        this.#goLive();
        return this.#unlessLost(perform(activation, goes, { publisher, begun: past.hasBegun(activation) }));
      });
    } catch (error) {
      return this.#refused(flight, error);
    } finally {
      line?.over();
    }
    if (!performed) await this.#restore(activation, envelope);
    this.#settle(flight, fromStoredOutcome(envelope.outcome));
  }

  /** How a body ends in an execution that has given up is no outcome: the next one runs it again. */
  async #unlessLost(performed: Promise<Envelope>): Promise<Envelope> {
    const envelope = await performed;
    if (this.#lost !== undefined) throw new RunTakenError(this.#run.id);
    return envelope;
  }

  /** A child that can't start here is a failure of the run like any other. */
  async #restore(activation: Activation, envelope: Envelope): Promise<void> {
    try {
      await restoreActivation(activation, envelope, this.#facts.past.lost);
    } catch (error) {
      this.#run.fail(error as Error);
    }
  }

  /** What is started when the end is decided only cleans up. */
  async #clean(flight: Flight, body: Parameters<typeof perform>[1]): Promise<void> {
    const { outcome } = await perform(flight.activation, body);
    this.#settle(flight, fromStoredOutcome(outcome));
  }

  #settle(flight: Flight, outcome: ActivationOutcome): void {
    flight.activation.outcome = outcome;
    flight.settled = true;
    this.#onSettled?.();
  }

  /** Nothing is recorded any more: the run was cancelled, or another execution has it. */
  #refused(flight: Flight, error: unknown): void {
    if (!this.#facts.wasCancelled(error)) this.giveUp(error);
    this.#settle(flight, { status: 'cancelled' });
  }

  /** Another execution has the run: this one ends, and tells nobody. */
  giveUp(error: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost = { error };
    this.#facts.publisher.stop(error);
    // Those that were asked to end are not waited for; a body that is aborted twice doesn't notice.
    for (const { activation } of this.#flights) activation.current?.abort(error);
    // Before the walk has asked for its first report it is told at that.
    this.#fail?.(error);
  }

  /** Which of several have settled is recorded: what the walk makes of it depends on that. */
  async #report(report: (settled: readonly Activation[]) => void): Promise<void> {
    let places: readonly number[];
    try {
      places = await this.#facts.recorder.record('@next', async () => {
        this.#goLive();
        await this.#untilSettled();
        return this.#flights.filter(({ settled }) => settled).map(({ place }) => place);
      });
    } catch (error) {
      if (this.#facts.wasCancelled(error)) return this.#reportAny(report);
      return this.giveUp(error);
    }
    const chosen = this.#flights.filter(({ place }) => places.includes(place));
    while (!chosen.every(({ settled }) => settled)) await this.#untilNextSettled();
    this.#give(report, chosen);
  }

  async #reportAny(report: (settled: readonly Activation[]) => void): Promise<void> {
    await this.#untilSettled();
    this.#give(
      report,
      this.#flights.filter(({ settled }) => settled),
    );
  }

  #give(report: (settled: readonly Activation[]) => void, chosen: readonly Flight[]): void {
    if (this.#lost !== undefined) return;
    this.#flights = this.#flights.filter((flight) => !chosen.includes(flight));
    report(chosen.map(({ activation }) => activation));
  }

  async #untilSettled(): Promise<void> {
    while (!this.#flights.some(({ settled }) => settled)) await this.#untilNextSettled();
  }

  /** One waits at a time: the walk doesn't ask again before the report. */
  #untilNextSettled(): Promise<void> {
    return new Promise((resolve) => (this.#onSettled = resolve));
  }
}
