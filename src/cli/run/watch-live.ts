import type { RunEvent } from '../../run/events.js';
import type { RunResult } from '../../run/result.js';
import type { AnyRun } from '../../run/run.js';
import type { AnyPipeline } from '../../../decorators/context.js';
import type { Io } from '../io.js';
import { breathing } from './breathing.js';
import { LiveList } from './live-list.js';

const REDRAW = 100;

/** Shows a run to somebody who looks: its tokens as they come, and its steps with their durations below. */
export async function watchLive(run: AnyRun, io: Io): Promise<void> {
  const list = new LiveList(io.stderr, () => io.now());
  const text = io.stdout.isTTY ? new LiveText(io) : undefined;
  const redraw = (): void => {
    list.hide();
    list.show();
  };
  const timer = setInterval(redraw, REDRAW);
  const leave = io.onForeignWrite((write) => {
    list.hide();
    write();
    list.show();
  });
  try {
    for await (const event of breathing(run)) {
      list.hide();
      list.take(event);
      text?.take(event);
      list.show();
    }
  } finally {
    leave();
    clearInterval(timer);
    list.hide();
  }
  text?.endLine();
  for (const line of list.all) io.stderr.write(`${line}\n`);
  const last = lastWord(await run.result, text);
  if (last !== '') io.stdout.write(last.endsWith('\n') ? last : `${last}\n`);
}

/** What the run has said, where nobody was shown it; one that says nothing has outputs. */
function lastWord({ status, text, outputs }: RunResult<AnyPipeline>, shown: LiveText | undefined): string {
  if (shown === undefined ? text !== '' : shown.hasSpoken) return shown === undefined ? text : '';
  return status === 'success' ? JSON.stringify(outputs, undefined, 2) : '';
}

/** Tokens on a terminal. What was printed can't be taken back, so that a line says what no longer counts. */
class LiveText {
  readonly #io: Io;
  #speaker = '';
  hasSpoken = false;
  #inLine = false;

  constructor(io: Io) {
    this.#io = io;
  }

  take(event: RunEvent): void {
    if (event.type === 'token') this.#say(keyOf(event), event.value);
    else if (event.type === 'token-reset') {
      this.endLine();
      this.#io.stderr.write(`↺ ${keyOf(event)}: what it has said does not count (${event.why})\n`);
    }
  }

  endLine(): void {
    if (this.#inLine) this.#io.stdout.write('\n');
    this.#inLine = false;
  }

  #say(speaker: string, value: unknown): void {
    if (speaker !== this.#speaker) this.endLine();
    this.#speaker = speaker;
    this.hasSpoken = true;
    const text = typeof value === 'string' ? value : `${JSON.stringify(value)}\n`;
    this.#io.stdout.write(text);
    if (text !== '') this.#inLine = !text.endsWith('\n');
  }
}

const keyOf = ({ path, step, index }: Extract<RunEvent, { readonly visit: number }>): string =>
  [...path, `${step}${index === undefined ? '' : `[${index}]`}`].join('/');
