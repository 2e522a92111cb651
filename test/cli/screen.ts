/** A terminal of a few lines that understands what the command line writes, and scrolls. */
export class Screen {
  readonly #height: number;
  readonly #lines: string[] = [''];
  /** The line of the screen's top. */
  #top = 0;
  #row = 0;
  #column = 0;
  #saved = { row: 0, column: 0 };

  constructor(height: number) {
    this.#height = height;
  }

  write(text: string): void {
    for (const [part] of text.matchAll(/\x1b\[\d*[A-Z]|\x1b[78D]|[^]/g)) this.#obey(part);
  }

  /** Everything that was ever on it, with what has scrolled away, without the spaces at the ends of lines. */
  get text(): string {
    return this.#lines.map((line) => line.trimEnd()).join('\n');
  }

  /** Where the cursor is, in all that was ever on it. */
  get cursor(): readonly [row: number, column: number] {
    return [this.#row, this.#column];
  }

  #obey(part: string): void {
    const count = Number(/\d+/.exec(part)?.[0] ?? 1);
    if (part === '\r') this.#column = 0;
    else if (part === '\n') [this.#row, this.#column] = [this.#down(), 0];
    else if (part === '\x1bD') this.#row = this.#down();
    else if (part === '\x1b7') this.#saved = { row: this.#row - this.#top, column: this.#column };
    else if (part === '\x1b8') [this.#row, this.#column] = [this.#saved.row + this.#top, this.#saved.column];
    else if (part.endsWith('A') && part.length > 1) this.#row = Math.max(this.#top, this.#row - count);
    else if (part.endsWith('B') && part.length > 1)
      this.#row = Math.min(this.#top + this.#height - 1, this.#row + count);
    else if (part.endsWith('J') && part.length > 1) this.#erase();
    else if (part.startsWith('\x1b')) throw new Error(`The screen doesn't understand ${JSON.stringify(part)}.`);
    else this.#put(part);
  }

  #down(): number {
    if (this.#row + 1 === this.#top + this.#height) this.#top++;
    while (this.#lines.length < this.#row + 2) this.#lines.push('');
    return this.#row + 1;
  }

  #erase(): void {
    this.#lines.length = Math.min(this.#lines.length, this.#row + 1);
    while (this.#lines.length <= this.#row) this.#lines.push('');
    this.#lines[this.#row] = this.#lines[this.#row].slice(0, this.#column);
  }

  #put(letter: string): void {
    while (this.#lines.length <= this.#row) this.#lines.push('');
    const line = this.#lines[this.#row].padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + letter + line.slice(this.#column + 1);
    this.#column++;
  }
}
