import type { AnyRun, EventType, RunEvent, RunResult, TokensOptions } from 'stepstream';

type Result = Awaited<AnyRun['result']>;

/** What is wrong with a run: what it makes of each event, of its result, and of leaving its loop. */
export interface Distortion {
  readonly event?: (event: RunEvent) => readonly RunEvent[];
  readonly result?: (result: Result) => Result;
  /** Leaving the loop resolves at once, and the run is cancelled some time later. */
  readonly leavesLate?: boolean;
}

/** A run that tells something else than what has happened; its `seq` has no gap, so that this alone doesn't betray it. */
export class DistortedRun implements AnyRun {
  readonly #run: AnyRun;
  readonly #wrong: Distortion;
  #read = 0;

  constructor(run: AnyRun, wrong: Distortion) {
    this.#run = run;
    this.#wrong = wrong;
  }

  get id(): string {
    return this.#run.id;
  }

  get result(): Promise<RunResult<never>> {
    const { result = (one) => one } = this.#wrong;
    const distorted = this.#run.result.then(result, (error: { result?: Result }) => {
      const wrong = error.result && result(error.result);
      if (wrong?.status === 'success') return wrong;
      throw error;
    });
    return distorted as Promise<RunResult<never>>;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<RunEvent, undefined> {
    return this.events();
  }

  events(): AsyncIterableIterator<RunEvent, undefined> {
    const inner = this.#run.events(this.#wrong.leavesLate ? { leave: 'detach' } : {});
    const ready: RunEvent[] = [];
    const next = async (): Promise<IteratorResult<RunEvent, undefined>> => {
      for (;;) {
        const event = ready.shift();
        if (event) return { value: event, done: false };
        const { value, done } = await inner.next().catch((error: unknown) => {
          if (this.#wrong.result) return { value: undefined, done: true };
          throw error;
        });
        if (done || value === undefined) return { value: undefined, done: true };
        ready.push(...this.#distort(value));
      }
    };
    const leave = async (): Promise<IteratorResult<RunEvent, undefined>> => {
      if (this.#wrong.leavesLate) setTimeout(() => void this.#run.cancel(), 60);
      await inner.return?.();
      return { value: undefined, done: true };
    };
    return { next, return: leave, [Symbol.asyncIterator]: () => this.events() };
  }

  async *#values(): AsyncGenerator<unknown, undefined> {
    for await (const event of this.events()) if (event.type === 'token') yield event.value;
    return undefined;
  }

  tokens(options?: TokensOptions): AsyncIterableIterator<unknown, undefined> {
    return this.#wrong.leavesLate ? this.#values() : this.#run.tokens(options);
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#run.cancel(reason);
  }

  on(type: EventType, listener: (event: RunEvent) => unknown): this {
    this.#run.on(type, listener);
    return this;
  }

  once(type: EventType, listener: (event: RunEvent) => unknown): this {
    this.#run.once(type, listener);
    return this;
  }

  off(type: EventType, listener: (event: RunEvent) => unknown): this {
    this.#run.off(type, listener);
    return this;
  }

  #distort(event: RunEvent): RunEvent[] {
    if (this.#read === 0) this.#read = event.seq - 1;
    const { event: wrong = (one) => [one] } = this.#wrong;
    const told = wrong(event).map((one) => ({ ...one, seq: ++this.#read }));
    return told;
  }
}
