import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { OnShutdown, OnStartup, Pipeline, Streaming, type Ctx } from 'stepstream';

/** Keeps what has happened, for whoever waits for it. */
@Injectable()
export class Diary {
  readonly entries: string[] = [];
  #waiting: (() => void)[] = [];

  write(entry: string): void {
    this.entries.push(entry);
    for (const tell of this.#waiting.splice(0)) tell();
  }

  /** Resolves when it stands there; rejects if it doesn't within `milliseconds`. */
  async until(entry: string, milliseconds = 5_000): Promise<void> {
    const late = AbortSignal.timeout(milliseconds);
    while (!this.entries.includes(entry))
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        late.addEventListener('abort', () => reject(new Error(`never: ${entry}; but ${this.entries.join(', ')}`)));
      });
  }

  count(entry: string): number {
    return this.entries.filter((one) => one === entry).length;
  }
}

/** Says numbers, one every few milliseconds. */
@Injectable()
export class Ticker extends Pipeline<{ ticks: number; pause?: number }> {
  readonly diary: Diary;

  constructor(@Inject(Diary) diary: Diary) {
    super();
    this.diary = diary;
  }

  @OnStartup()
  startup() {
    this.diary.write('startup');
  }

  @Streaming()
  async *tick({ state, signal }: Ctx<this>) {
    try {
      for (let tick = 0; tick < state.ticks; tick++) {
        yield `${tick} `;
        await sleep(state.pause ?? 2, undefined, { signal });
      }
    } finally {
      this.diary.write(signal.aborted ? 'aborted' : 'done');
    }
  }

  @OnShutdown()
  shutdown() {
    this.diary.write('shutdown');
  }

  @OnShutdown({ per: 'run' })
  record({ outcome }: { outcome?: { status: string } }) {
    this.diary.write(`run ${outcome?.status}`);
  }
}
