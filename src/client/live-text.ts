import { placeOf } from '../http/place-of.js';
import type { WireEvent } from './wire-event.js';

interface Part {
  readonly seq: number;
  readonly place: string;
  readonly text: string;
}

/** The text of a run as far as it has come: takes back what stops counting. */
export class LiveText {
  readonly #step: string | undefined;
  #parts: Part[] = [];
  #text = '';

  /** The text of one step of the pipeline, or of all of them. */
  constructor(step?: string) {
    this.#step = step;
  }

  /** What counts of everything that was said. */
  get text(): string {
    return this.#text;
  }

  /** Reads an event; tells whether that has changed the text. */
  take(event: WireEvent): boolean {
    if (event.type === 'token') return this.#add(event);
    if (event.type !== 'token-reset') return false;
    const place = placeOf(event);
    const counts = ({ seq, ...part }: Part): boolean => seq < event.from || seq > event.to || part.place !== place;
    const kept = this.#parts.filter(counts);
    if (kept.length === this.#parts.length) return false;
    this.#parts = kept;
    this.#text = kept.map(({ text }) => text).join('');
    return true;
  }

  #add(token: WireEvent & { readonly type: 'token' }): boolean {
    const { value, step, seq } = token;
    if (typeof value !== 'string' || value === '' || (this.#step !== undefined && step !== this.#step)) return false;
    this.#parts.push({ seq, place: placeOf(token), text: value });
    this.#text += value;
    return true;
  }
}
