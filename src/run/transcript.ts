/** What one activation has said without anybody else saying anything. */
interface Stretch {
  /** Its place among all stretches of the run. */
  readonly place: number;
  text: string;
}

/** The text of a run: what still counts of its string tokens, in the order in which they were sent. */
export class Transcript {
  /** By the key of the activation, so that a thousand parallel streams don't search each other's. Made with the first. */
  #stretches: Map<string, Stretch[]> | undefined;
  #count = 0;
  #lastKey: string | undefined;
  #last: Stretch | undefined;

  /** What counts, in order, each stretch with the key of whoever said it. */
  get stretches(): readonly (readonly [key: string, text: string])[] {
    const all = [...(this.#stretches ?? [])].flatMap(([key, list]) => list.map((stretch) => ({ key, ...stretch })));
    return all.sort((a, b) => a.place - b.place).map(({ key, text }) => [key, text]);
  }

  add(key: string, text: string): void {
    if (this.#last !== undefined && this.#lastKey === key) {
      this.#last.text += text;
      return;
    }
    this.#lastKey = key;
    this.#last = { place: this.#count++, text };
    this.#stretches ??= new Map();
    const stretches = this.#stretches.get(key);
    if (stretches) stretches.push(this.#last);
    else this.#stretches.set(key, [this.#last]);
  }

  /** Forgets what one activation has said. */
  reset(key: string): void {
    this.#stretches?.delete(key);
    if (this.#lastKey === key) this.#last = undefined;
  }

  /** What one activation has said that counts. */
  textOf(key: string): string {
    return joined(this.#stretches?.get(key) ?? []);
  }

  /** What counts of everything whose key begins so. */
  textUnder(prefix: string): string {
    const all = [...(this.#stretches ?? [])].filter(([key]) => key.startsWith(prefix));
    return joined(all.flatMap(([, stretches]) => stretches).sort((a, b) => a.place - b.place));
  }

  get text(): string {
    const all = [...(this.#stretches?.values() ?? [])];
    return joined(all.length > 1 ? all.flat().sort((a, b) => a.place - b.place) : all.flat());
  }

  get texts(): Record<string, string> {
    return Object.fromEntries([...(this.#stretches ?? [])].map(([key, stretches]) => [key, joined(stretches)]));
  }
}

const joined = (stretches: readonly Stretch[]): string =>
  stretches.length === 1 ? stretches[0].text : stretches.map(({ text }) => text).join('');
