/** What one activation has streamed. */
export interface Stretch {
  readonly key: string;
  text: string;
}

/** The text of a run: what still counts of its string tokens, in the order in which they were sent. */
export class Transcript {
  #stretches: Stretch[] = [];
  #last: Stretch | undefined;

  add(key: string, text: string): void {
    const last = this.#last;
    if (last !== undefined && last.key === key) {
      last.text += text;
      return;
    }
    this.#last = { key, text };
    this.#stretches.push(this.#last);
  }

  /** Forgets what one activation has said since it began (D.4: its earlier visits keep counting under their own keys). */
  reset(key: string): void {
    this.#stretches = this.#stretches.filter((stretch) => stretch.key !== key);
    this.#last = undefined;
  }

  /** What one activation has said that counts. */
  textOf(key: string): string {
    const stretches = this.#stretches.filter((stretch) => stretch.key === key);
    return stretches.length === 1 ? stretches[0].text : stretches.map(({ text }) => text).join('');
  }

  get text(): string {
    return this.#stretches.length === 1 ? this.#stretches[0].text : this.#stretches.map(({ text }) => text).join('');
  }

  get texts(): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const { key, text } of this.#stretches) texts[key] = (texts[key] ?? '') + text;
    return texts;
  }
}
