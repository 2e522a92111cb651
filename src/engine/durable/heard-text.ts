import type { AnyPipeline } from '../../../decorators/context.js';
import type { RunEnd, RunEvent, Token, TokenReset } from '../../run/events.js';
import { placeKey } from './place-key.js';

type Place = Omit<Token<string, unknown>, 'value' | 'seq'>;

/** What one step has said that counts. */
interface Said {
  text: string;
  readonly first: number;
  last: number;
  readonly place: Place;
}

/** What a reader of a run's events has heard: so that what the database has lost can be said again from the result. */
export class HeardText {
  readonly #said = new Map<string, Said>();
  /** The reader has heard what is before this from somebody else. */
  readonly #after: number;
  #last: number;
  #gap = false;

  constructor(after: number) {
    this.#after = this.#last = after;
  }

  take(event: RunEvent): void {
    if (event.seq > this.#last + 1) this.#gap = true;
    this.#last = event.seq;
    if (event.type !== 'token' && event.type !== 'token-reset') return;
    const key = placeKey(event);
    if (event.type === 'token-reset') this.#said.delete(key);
    else if (typeof event.value === 'string') this.#add(key, event, event.value);
  }

  /**
   * The events, before the end, by which the reader comes to what each step has said; none if nothing was lost. Their
   * numbers are those of lost events.
   */
  toldAgain(texts: Readonly<Record<string, string>>, end: RunEnd<AnyPipeline>): readonly RunEvent[] {
    if (!this.#gap && end.seq <= this.#last + 1) return [];
    const told: RunEvent[] = [];
    for (const key of new Set([...this.#said.keys(), ...Object.keys(texts)])) {
      const said = this.#said.get(key);
      const { [key]: text = '' } = texts;
      if (said?.text !== text) told.push(...this.#again(key, text, end));
    }
    const numbered = told.map((event, place) => ({ ...event, seq: this.#last + 1 + place }));
    return numbered.filter(({ seq }) => seq < end.seq);
  }

  #add(key: string, { value: _, seq, ...place }: Token<string, unknown>, text: string): void {
    const said = this.#said.get(key);
    if (said === undefined) {
      this.#said.set(key, { text, first: seq, last: seq, place });
      return;
    }
    said.text += text;
    said.last = seq;
  }

  #again(key: string, text: string, end: RunEnd<AnyPipeline>): RunEvent[] {
    const said = this.#said.get(key);
    const place = said?.place ?? placeOf(key, end);
    const heardBefore = this.#after > 0;
    const from = heardBefore ? 1 : (said?.first ?? 0);
    const to = heardBefore ? this.#last : (said?.last ?? 0);
    const reset: TokenReset<string> = { ...place, type: 'token-reset', seq: 0, at: end.at, from, to, why: 'restart' };
    return [...(from > 0 ? [reset] : []), ...(text === '' ? [] : [{ ...place, seq: 0, value: text }])];
  }
}

/** Where a key says that a step is (B.6). */
function placeOf(key: string, { runId, pipeline }: RunEnd<AnyPipeline>): Place {
  const path = key.split('/');
  const [, step, visit = '1', index] = /^([^#[]+)(?:#(\d+))?(?:\[(\d+)\])?$/.exec(path.pop()!)!;
  const place = { v: 1, type: 'token', runId, pipeline, step, path, visit: Number(visit), attempt: 1 } as const;
  return index === undefined ? place : { ...place, index: Number(index) };
}
