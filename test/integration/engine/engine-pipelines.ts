// The pipelines of the tests of the engine: what their steps do leaves marks in a side table.
import { setTimeout as sleep } from 'node:timers/promises';
import { ForEach, OnError, Pipeline, Step, Streaming, suspend } from '../../../src/index.js';
import type { Ctx, Each, Failure } from '../../../src/index.js';
import { mark } from './marks.js';

/** One step that is there for a while. */
export class Job extends Pipeline<{ ms: number }> {
  static readonly pipeline = { name: 'job' };
  @Step() async work({ state, runId, signal }: Ctx<this>) {
    await mark(runId, 'begin');
    await sleep(state.ms, undefined, { signal });
    await mark(runId, 'end');
    return state.ms;
  }
}

/** Asks once. */
export class Approval extends Pipeline<{ approved?: boolean }> {
  static readonly pipeline = { name: 'approval' };
  @Step({ to: 'done' }) ask() {
    return suspend<boolean>('may I?');
  }
  @Step() async done({ state, input, runId }: Ctx<this, boolean>) {
    await mark(runId, `answer ${String(input)}`);
    state.approved = input;
  }
}

/** Asks twice at once; what comes behind the first question takes its time. */
export class TwoQuestions extends Pipeline<{ ms: number }> {
  static readonly pipeline = { name: 'two-questions' };
  @Step({ to: ['first', 'second'] }) begin() {}
  @Step({ to: 'slow' }) first() {
    return suspend<string>('first?');
  }
  @Step({ to: 'last' }) second() {
    return suspend<string>('second?');
  }
  @Step() async slow({ state, input, runId }: Ctx<this, string>) {
    await mark(runId, `slow ${input}`);
    await sleep(state.ms);
    await mark(runId, 'slow is over');
    return `slow ${input}`;
  }
  @Step() async last({ input, runId }: Ctx<this, string>) {
    await mark(runId, `last ${input}`);
    return `last ${input}`;
  }
}

/** Does not wait for an answer for ever. */
export class Impatient extends Pipeline<{ ms: number }> {
  static readonly pipeline = { name: 'impatient' };
  @Step({ to: 'after' }) ask({ state }: Ctx<this>) {
    return suspend<string>('quick!', { expiresIn: state.ms });
  }
  @Step() after({ input }: Ctx<this, string>) {
    return input;
  }
}

/** Has something to say when no answer comes. */
export class Helpful extends Pipeline<{ ms: number }> {
  static readonly pipeline = { name: 'helpful' };
  @Step({ to: 'after', onError: 'instead' }) ask({ state }: Ctx<this>) {
    return suspend<string>('quick!', { expiresIn: state.ms });
  }
  @OnError() instead({ error }: Failure<this>): string {
    return error instanceof Error ? error.name : 'no error';
  }
  @Step() async after({ input, runId }: Ctx<this, string>) {
    await mark(runId, input);
    return input;
  }
}

/** Says something until it is told to be quiet. */
export class Talker extends Pipeline<object> {
  static readonly pipeline = { name: 'talker' };
  @Streaming() async *talk({ runId, signal }: Ctx<this>) {
    let aborted: Promise<void> | undefined;
    signal.addEventListener('abort', () => {
      aborted = mark(runId, 'abort');
    });
    try {
      await mark(runId, 'begin');
      for (let word = 0; ; word++) {
        yield `${word} `;
        await sleep(100, undefined, { signal });
      }
    } finally {
      await aborted;
      await mark(runId, 'finally');
    }
  }
}

/** Two steps, the second of which takes its time. */
export class Two extends Pipeline<{ ms: number }> {
  static readonly pipeline = { name: 'two' };
  @Step({ to: 'two' }) async one({ runId }: Ctx<this>) {
    await mark(runId, 'one');
    return 'one';
  }
  @Step() async two({ input, state, runId }: Ctx<this, string>) {
    await mark(runId, 'two');
    await sleep(state.ms);
    await mark(runId, 'two is over');
    return `${input}, two`;
  }
}

/** The same pipeline a release later. */
export class TwoLater extends Pipeline<{ ms: number }> {
  static readonly pipeline = { name: 'two' };
  @Step({ to: 'two' }) async one({ runId }: Ctx<this>) {
    await mark(runId, 'later');
    return 'later';
  }
  @Step({ to: 'three' }) two({ input }: Ctx<this, string>) {
    return input;
  }
  @Step() three({ input }: Ctx<this, string>) {
    return `${input}, three`;
  }
}

/** Asks, and knows what to do with the answer in its first release. */
export class Asks extends Pipeline<object> {
  static readonly pipeline = { name: 'asks' };
  @Step({ to: 'after' }) ask() {
    return suspend<string>('well?');
  }
  @Step() after({ input }: Ctx<this, string>) {
    return `${input} in the first release`;
  }
}

interface AnyCheckpoint {
  readonly fingerprint: string;
  readonly outline: object;
}

/** A second release, which takes over what the first has suspended. */
export class AsksMigrating extends Pipeline<object> {
  static readonly pipeline = {
    name: 'asks',
    migrate: (checkpoint: object): object => ({ ...checkpoint, ...(AsksMigrating.plan as AnyCheckpoint) }),
  };
  /** The fingerprint and the outline of this class, as its checkpoints have them. */
  static plan: object = {};
  @Step({ to: 'after' }) ask() {
    return suspend<string>('well?');
  }
  @Step({ to: 'more' }) after({ input }: Ctx<this, string>) {
    return `${input} in the second release`;
  }
  @Step() more({ input }: Ctx<this, string>) {
    return `${input}, and more`;
  }
}

/** A second release, which does not. */
export class AsksOtherwise extends Pipeline<object> {
  static readonly pipeline = { name: 'asks' };
  @Step({ to: 'other' }) ask() {
    return suspend<string>('well?');
  }
  @Step() other({ input }: Ctx<this, string>) {
    return `${input} otherwise`;
  }
}

/** Ends the process that executes it, each time. */
export class Deadly extends Pipeline<object> {
  static readonly pipeline = { name: 'deadly' };
  @Step({ to: 'kill' }) async before({ runId }: Ctx<this>) {
    await mark(runId, 'before');
  }
  @Step() async kill({ runId }: Ctx<this>) {
    await mark(runId, 'kill');
    process.kill(process.pid, 'SIGKILL');
    await sleep(60_000);
  }
}

/** Fails as it is told to. */
export class Failing extends Pipeline<{ how: 'at once' | 'after retries' | 'in time' | 'with a strange value' }> {
  static readonly pipeline = { name: 'failing' };
  @Step({ to: 'next', retry: 3, timeout: { step: 300 } })
  async work({ state, runId, attempt, signal }: Ctx<this>) {
    await mark(runId, `attempt ${attempt}`);
    if (state.how === 'in time') await sleep(10_000, undefined, { signal });
    if (state.how === 'with a strange value') return new Map([['a', 1]]) as unknown as string;
    if (state.how === 'at once' || attempt < 3) throw new RangeError(`it went wrong ${attempt} times`);
    return `after ${attempt} attempts`;
  }
  @Step() next({ input }: Ctx<this, string>) {
    return input;
  }
}

/** Has no name but that of its class. */
export class Unnamed extends Pipeline<object> {
  @Step() only() {}
}

/** Items on whatever worker, each of which is there for a while. */
export class Spread extends Pipeline<{ count: number; ms: number; done: string[] }> {
  static readonly pipeline = { name: 'spread' };
  @Step({ to: 'work' }) list({ state }: Ctx<this>) {
    return Array.from({ length: state.count }, (_, place) => `item ${place}`);
  }
  @ForEach({ to: 'total', distributed: true, concurrency: 8 })
  async *work({ item, state, runId, signal }: Each<this, string>) {
    await mark(runId, `begin ${item}`);
    yield `${item} `;
    try {
      await sleep(state.ms, undefined, { signal });
    } finally {
      await mark(runId, signal.aborted ? `abort ${item}` : `end ${item}`);
    }
    yield 'is done. ';
    state.done.push(item);
    return item.length;
  }
  @Step() total({ input }: Ctx<this, number[]>) {
    return input.reduce((sum, one) => sum + one, 0);
  }
}

/** An item that does not wait for an answer for ever. */
export class ImpatientItems extends Pipeline<{ ms: number }> {
  static readonly pipeline = { name: 'impatient-items' };
  @Step({ to: 'ask' }) list() {
    return ['a', '?'];
  }
  @ForEach({ distributed: true, onError: 'instead' }) ask({ item, state }: Each<this, string>) {
    return item === '?' ? suspend<string>('quick!', { expiresIn: state.ms }) : item;
  }
  @OnError() instead({ error }: Failure<this>): string {
    return error instanceof Error ? error.name : 'no error';
  }
}
