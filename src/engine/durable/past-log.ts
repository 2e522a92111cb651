import type { AnyPipeline } from '../../../decorators/context.js';
import type { Activation } from '../../executor/activation.js';
import type { BusWriter } from '../../ports/token-bus.js';
import type { EventType, RunEnd, RunEvent, Token, TokenReset } from '../../run/events.js';
import type { Told } from '../../run/told.js';
import type { Transcript } from '../../run/transcript.js';
import { placeKey, type Placed } from './place-key.js';

/** The first and last `seq` of the tokens of one activation that count; zeros if there are none. */
export type TokenRange = readonly [first: number, last: number];

const NONE: TokenRange = [0, 0];

/** What a body tells is told again when the body runs again; everything else is told once, by whichever execution. */
export const TOLD_BY_BODIES = new Set<EventType>(['token', 'custom', 'usage', 'step-retry', 'observer-error']);

/**
 * What earlier executions of a segment have told. The one that goes on tells the rest: a walk that replays comes by every
 * event again, and only those that the log lacks are new (I.3).
 */
export class PastLog implements Told {
  readonly seq: number;
  /** How often each event was told and has not come by again. */
  readonly #told = new Map<string, number>();
  readonly #ranges = new Map<string, TokenRange>();
  readonly #begun = new Set<string>();
  /** Whether something that was told before may be gone. */
  readonly lost: boolean;
  /** In order of `seq`. */
  readonly events: readonly RunEvent[];
  /** What may have been said by somebody of whom nothing is known any more. */
  readonly #unknown: TokenRange;

  /** `events` in order of `seq`; `seq` is the highest that any event of the run may have got; `lost` if some are gone. */
  constructor({ past: events, seq, lost }: Pick<BusWriter, 'past' | 'seq' | 'lost'>) {
    this.events = events;
    this.lost = lost;
    this.#unknown = lost ? [1, seq] : NONE;
    const last = events.at(-1);
    // An end that was told is not told again, so it gets its number again.
    this.seq = last?.type === 'run-end' && last.seq === seq ? seq - 1 : seq;
    for (const event of events) {
      if (event.type === 'token') this.#take(event);
      else {
        if (event.type === 'token-reset') this.#ranges.delete(keyOf(event));
        if (event.type === 'step-start') this.#begun.add(placeKey(event));
        if (!TOLD_BY_BODIES.has(event.type)) this.#count(identityOf(event.type, event), 1);
      }
    }
  }

  tells(type: EventType, facts: object): boolean {
    if (this.#told.size === 0 || TOLD_BY_BODIES.has(type)) return false;
    const identity = identityOf(type, facts);
    if (!this.#told.has(identity)) return false;
    this.#count(identity, -1);
    return true;
  }

  /** Whether it was told that an activation has begun, so that its end has to be told. */
  hasBegun({ key }: Activation): boolean {
    return this.#begun.has(key);
  }

  /** The end that an earlier execution has told. */
  get end(): RunEnd<AnyPipeline> | undefined {
    const last = this.events.at(-1);
    return last?.type === 'run-end' ? last : undefined;
  }

  /** What an activation has said that counts, or may have said. */
  rangeOf({ key, step }: Activation): TokenRange {
    const mayStream = step.kind === 'streaming' || step.kind === 'each' || step.onError !== undefined;
    return this.#ranges.get(key) ?? (mayStream ? this.#unknown : NONE);
  }

  /** Says again what was said, in the same order. */
  restore(transcript: Transcript): void {
    for (const event of this.events) {
      if (event.type === 'token-reset') transcript.reset(keyOf(event));
      else if (event.type === 'token' && typeof event.value === 'string') transcript.add(keyOf(event), event.value);
    }
  }

  #take(event: Token<string, unknown>): void {
    const key = keyOf(event);
    const [first] = this.#ranges.get(key) ?? [event.seq];
    this.#ranges.set(key, [first, event.seq]);
  }

  #count(identity: string, by: number): void {
    const count = (this.#told.get(identity) ?? 0) + by;
    if (count > 0) this.#told.set(identity, count);
    else this.#told.delete(identity);
  }
}

const keyOf = (event: Token<string, unknown> | TokenReset<string>): string => placeKey(event);

/** The same for the same event in every execution of the segment; what may happen several times is counted. */
function identityOf(type: EventType, facts: object): string {
  const {
    name,
    step,
    path,
    visit = 0,
    index,
    hook,
    phase,
    pipeline,
    segment,
    from,
    to,
    handled,
  } = facts as {
    readonly name?: string;
    readonly step?: string;
    readonly path?: readonly string[];
    readonly [fact: string]: unknown;
  } & Partial<Placed>;
  if (hook !== undefined) return JSON.stringify([type, pipeline, hook, phase]);
  // An event says the name of its step; an activation that tells of itself has the step, and its name.
  const where = name ?? step;
  if (where === undefined) return JSON.stringify([type, segment]);
  return JSON.stringify([type, placeKey({ step: where, path: path ?? [], visit, index }), from, to, handled]);
}
