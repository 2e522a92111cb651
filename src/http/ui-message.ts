/** One part of the AI SDK's message, as this stream has sent it. */
interface Part {
  /** The place that it is of; a reset takes back every text of it. */
  readonly place: string;
  readonly id: string;
  /** What else than text it is. */
  readonly data?: object;
  text: string;
  open: boolean;
}

/** A message of the AI SDK while it is sent: which of its texts are open, and, to send it again, all that it has. */
export class UiMessage {
  readonly #keeps: boolean;
  #parts: Part[] = [];
  readonly #open = new Map<string, Part>();
  readonly #spoken = new Set<string>();
  #count = 0;

  /** `keeps` is for clients that can be told to forget, and must be sent again what still counts. */
  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  /** Adds to the text of a place. */
  say(place: string, delta: string): string {
    const known = this.#open.get(place);
    const part = known ?? { place, id: `${place}:${++this.#count}`, text: '', open: true };
    if (known === undefined) {
      this.#open.set(place, part);
      this.#spoken.add(place);
      if (this.#keeps) this.#parts.push(part);
    }
    if (this.#keeps) part.text += delta;
    const said = toChunk({ type: 'text-delta', id: part.id, delta });
    return known === undefined ? toChunk({ type: 'text-start', id: part.id }) + said : said;
  }

  /** The text of a place is complete. */
  close(place: string): string {
    const part = this.#open.get(place);
    if (part === undefined) return '';
    this.#open.delete(place);
    part.open = false;
    return toChunk({ type: 'text-end', id: part.id });
  }

  /** Every text is complete. */
  closeAll(): string {
    return [...this.#open.keys()].map((place) => this.close(place)).join('');
  }

  /** Adds something that is no text. With an id it stands for what had that id before. */
  show(id: string, data: object): string {
    if (this.#keeps) {
      const part: Part = { place: '', id, data, text: '', open: false };
      const at = id === '' ? -1 : this.#parts.findIndex((known) => known.id === id);
      if (at < 0) this.#parts.push(part);
      else this.#parts[at] = part;
    }
    return toChunk(data);
  }

  /** Whether text of this place was sent. */
  hasSaid(place: string): boolean {
    return this.#spoken.has(place);
  }

  /** Makes the client forget this step of the message, and sends again what of it still counts. */
  takeBack(place: string): string {
    this.#parts = this.#parts.filter((part) => part.place !== place);
    this.#open.delete(place);
    this.#spoken.delete(place);
    return toChunk({ type: 'reset-step' }) + this.#parts.map(again).join('');
  }
}

/** One chunk as the client reads it. */
export const toChunk = (chunk: object): string => `data: ${JSON.stringify(chunk)}\n\n`;

function again({ id, data, text, open }: Part): string {
  if (data !== undefined) return toChunk(data);
  const said = toChunk({ type: 'text-start', id }) + toChunk({ type: 'text-delta', id, delta: text });
  return open ? said : said + toChunk({ type: 'text-end', id });
}
