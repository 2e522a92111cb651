import { StepTimings } from '../../executor/step-timings.js';
import type { StepTiming } from '../../ports/run-store.js';
import type { RunEvent } from '../../run/events.js';
import type { Output } from '../io.js';
import { toDuration } from '../to-duration.js';

/** So many lines are redrawn while the run goes on. */
const MOST_LINES = 10;

const SIGNS: Readonly<Record<StepTiming['status'], string>> = {
  running: '▸',
  done: '✓',
  recovered: '✓',
  failed: '✗',
  suspended: '⏸',
  skipped: '–',
  cancelled: '⊘',
  abandoned: '⊘',
  lost: '⊘',
};

/**
 * The steps of a run with their durations, drawn below whatever the terminal shows, and redrawn as they go on. Who writes
 * to the terminal calls `hide` before and `show` after: the cursor stays where the text ends, also within a line.
 */
export class LiveList {
  readonly #timings = new StepTimings();
  readonly #output: Output;
  readonly #now: () => number;
  #lines = 0;

  constructor(output: Output, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  take(event: RunEvent): void {
    this.#timings.take(event);
  }

  hide(): void {
    // Saves the cursor, erases everything below its line, and goes back.
    if (this.#lines > 0) this.#output.write('\x1b7\x1b[B\r\x1b[J\x1b8');
    this.#lines = 0;
  }

  show(): void {
    const all = this.#timings.all;
    const running = all.filter(({ status }) => status === 'running').slice(-MOST_LINES);
    const ended = all.filter(({ status }) => status !== 'running');
    const shown = new Set([...running, ...ended.slice(ended.length - MOST_LINES + running.length)]);
    const lines = all.filter((one) => shown.has(one)).map((one) => this.#lineOf(one));
    if (lines.length < all.length) lines.unshift(`  … ${all.length - lines.length} more`);
    if (lines.length === 0) return;
    this.#lines = lines.length;
    // Room first, for a terminal that scrolls takes a saved cursor along to the wrong place.
    const room = `${'\x1bD'.repeat(lines.length)}\x1b[${lines.length}A`;
    this.#output.write(`${room}\x1b7${lines.map((line) => `\r\n${line}`).join('')}\x1b8`);
  }

  /** The list as it stays, line by line. */
  get all(): readonly string[] {
    return this.#timings.all.map((one) => this.#lineOf(one));
  }

  #lineOf({ key, startedAt, endedAt = this.#now(), status, attempt }: StepTiming): string {
    const more = [
      ...(['running', 'done'].includes(status) ? [] : [status]),
      ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ];
    const line = `${SIGNS[status]} ${key}  ${toDuration(endedAt - startedAt)}${more.length > 0 ? `  ${more.join(', ')}` : ''}`;
    const room = (this.#output.columns || 80) - 1;
    return line.length > room ? `${line.slice(0, room - 1)}…` : line;
  }
}
