import {
  call,
  ForEach,
  OnError,
  Pipeline,
  Step,
  Streaming,
  SubPipeline,
  type AnyRun,
  type Ctx,
  type Each,
  type TokenReset,
} from 'stepstream';
import { describe, expect, it } from 'vitest';

const WORDS = ['The ', 'answer ', 'is ', 'forty-', 'two.'];
const TEXT = WORDS.join('');

interface Fault {
  /** The token at which the first attempt fails; beyond the last one it doesn't. */
  readonly at: number;
}

/** Says the words; fails before the word at `at`, or after all of them. */
async function* say(at: number): AsyncGenerator<string> {
  for (const [index, word] of WORDS.entries()) {
    if (index === at) throw new Error(`cut at ${at}`);
    yield word;
    await Promise.resolve();
  }
  if (at === WORDS.length) throw new Error('cut at the end');
}

class Retried extends Pipeline<Fault> {
  @Streaming({ retry: 2 })
  async *speak({ state, attempt }: Ctx<this>) {
    yield* say(attempt === 1 ? state.at : Infinity);
  }
}

class FallenBack extends Pipeline<Fault> {
  @Streaming({ onError: 'other' })
  async *speak({ state }: Ctx<this>) {
    yield* say(state.at);
  }
  @OnError()
  async *other() {
    yield* say(Infinity);
  }
}

/** Whichever branch comes first, the words are the same. */
class Raced extends Pipeline<Fault> {
  @Step({ to: ['fast', 'slow'] })
  begin() {}
  @Streaming({ to: 'winner' })
  async *fast({ state }: Ctx<this>) {
    yield* say(state.at);
  }
  @Streaming({ to: 'winner' })
  async *slow() {
    for (const word of WORDS) {
      await new Promise(setImmediate);
      yield word;
    }
  }
  @Step({ join: 'any' })
  winner() {}
}

class Itemised extends Pipeline<Fault> {
  @Step({ to: 'speak' })
  list() {
    return ['one item'];
  }
  @ForEach({ retry: 2 })
  async *speak({ state, attempt }: Each<this, string>) {
    yield* say(attempt === 1 ? state.at : Infinity);
  }
}

/** The child has said half of it when it fails, in two steps. */
class Speaker extends Pipeline<Fault> {
  @Streaming({ to: 'second' })
  async *first({ state }: Ctx<this>) {
    for (const word of WORDS.slice(0, 2)) {
      if (WORDS.indexOf(word) === state.at) throw new Error('cut');
      yield word;
    }
  }
  @Streaming()
  async *second({ state }: Ctx<this, string>) {
    for (const word of WORDS.slice(2)) {
      if (WORDS.indexOf(word) === state.at) throw new Error('cut');
      yield word;
    }
    if (state.at === WORDS.length) throw new Error('cut at the end');
  }
}

class Nested extends Pipeline<Fault> {
  speaker = new Speaker();
  @SubPipeline(() => Speaker, { retry: 2 })
  speak({ state, attempt }: Ctx<this>) {
    return call(this.speaker, { at: attempt === 1 ? state.at : WORDS.length + 1 });
  }
}

/** What somebody sees who reads the events and takes back what a reset names. */
async function readEvents(run: AnyRun): Promise<string> {
  let shown: { readonly seq: number; readonly step: string; readonly value: unknown }[] = [];
  for await (const event of run) {
    if (event.type === 'token') shown.push(event);
    if (event.type === 'token-reset')
      shown = shown.filter(({ seq, step }) => step !== event.step || seq < event.from || seq > event.to);
  }
  return shown.map(({ value }) => value).join('');
}

/** What somebody sees who reads the tokens alone: a reset by a retry or a handler means all that was said. */
async function readTokens(run: AnyRun): Promise<{ readonly text: string; readonly resets: number }> {
  let text = '';
  const resets: TokenReset<string>[] = [];
  for await (const token of run.tokens({
    onReset: (event) => {
      resets.push(event);
      text = '';
    },
  }))
    text += String(token);
  return { text, resets: resets.length };
}

const PLACES = [...WORDS.keys(), WORDS.length, WORDS.length + 1];

describe('promise 8: the text that a consumer ends up with is the text without the fault', () => {
  describe.each([
    ['a step with a retry', Retried],
    ['a step with a streaming fallback', FallenBack],
    ['an item with a retry', Itemised],
    ['a sub-pipeline step with a retry', Nested],
    ['a branch of an any-join', Raced],
  ])('%s', (_, Speaking) => {
    it.each(PLACES)('that fails at token %i', async (at) => {
      const run = new Speaking().run({ at });
      const [shown, { text }] = await Promise.all([readEvents(run), run.result]);
      expect(shown).toBe(TEXT);
      expect(text).toBe(TEXT);
    });
  });

  // Of several streams at once a reader of tokens alone can't know which words were whose; one stream he can.
  describe.each([
    ['a retry', Retried],
    ['a streaming fallback', FallenBack],
    ['an item', Itemised],
  ])('for a reader of the tokens alone, with %s', (_, Speaking) => {
    it.each(PLACES)('that fails at token %i', async (at) => {
      const { text, resets } = await readTokens(new Speaking().run({ at }));
      expect(text).toBe(TEXT);
      expect(resets).toBe(at === 0 || at > WORDS.length ? 0 : 1);
    });
  });
});
