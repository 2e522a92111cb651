import type { Ctx, Failure } from '../../../decorators/context.js';
import { OnError } from '../../../decorators/on-error.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Pipeline } from '../../pipeline.js';
import type { TokenReset } from '../../run/events.js';
import type { Topic } from '../conformance-case.js';
import { eventsOf, storyOf } from '../kit.js';
import { pause } from '../pause.js';

class Talker extends Pipeline<{ words: number; said?: string }> {
  static readonly pipeline = { name: 'conformance-talker' };
  @Streaming({ to: 'after' }) async *speak({ state, usage, signal }: Ctx<this>) {
    let made = 0;
    try {
      for (; made < state.words && !signal.aborted; made++) {
        yield `${made} `;
        if (made % 100 === 99) await pause(0);
      }
    } finally {
      usage({ model: 'made', input: made, output: 0 });
    }
    state.said = 'all';
  }
  @Step() after() {}
}

class Speaker extends Pipeline<{ fails: number; said: string }> {
  static readonly pipeline = { name: 'conformance-speaker' };
  @Step({ to: ['speak', 'hum'] }) begin() {}
  @Streaming({ retry: 3, onError: 'apologise' }) async *speak({ state, attempt }: Ctx<this>) {
    for (const part of ['The ', 'answer ', 'is ']) {
      state.said += part;
      yield part;
      await pause(5);
    }
    if (attempt <= state.fails) throw new Error('cut');
    yield '42.';
  }
  @Streaming() async *hum() {
    for (let count = 0; count < 12; count++) {
      yield 'm';
      await pause(3);
    }
  }
  @OnError() async *apologise({ error }: Failure<this>) {
    yield 'Sorry: ';
    yield error instanceof Error ? error.message : 'no error';
  }
}

class Half extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-half' };
  @Streaming() async *speak(): AsyncGenerator<string> {
    yield 'half';
    throw new Error('cut');
  }
}

const SAID = { 0: 'The answer is 42.', 1: 'The answer is 42.', 3: 'Sorry: cut' };

/** Tokens, and what becomes of those that stop counting. */
export const streams: Topic = {
  name: 'streams',
  pipelines: [Talker, Speaker, Half],
  cases: [
    {
      name: 'every token is told once, in the order in which it was yielded, and they make the text',
      rule: 'B.7',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Talker, { words: 1_000 });
        const words = Array.from({ length: 1_000 }, (_, place) => `${place} `);
        kit.check('tokens', storyOf(told, 'speak', ({ value }) => value).slice(1, 1_001), words);
        kit.check('text', [told.result.text, told.result.texts], [words.join(''), { speak: words.join('') }]);
        kit.check('output', told.result.outputs.speak, words.join(''));
      },
    },
    {
      name: 'run.tokens() gives the values alone',
      rule: 'DESIGN 1',
      checks: 2,
      async run(kit) {
        const run = await kit.begin(Talker, { words: 30 });
        const values: unknown[] = [];
        for await (const value of run.tokens()) values.push(value);
        kit.check('text', values.join(''), (await run.result).text);
        kit.check('how many', values.length, 30);
      },
    },
    {
      name: 'two readers of one run are told the same, and one that begins behind a seq is told the rest',
      rule: 'E.3',
      checks: 2,
      async run(kit) {
        const run = await kit.begin(Talker, { words: 80 }, { buffer: 10_000 });
        const read = async (after?: number): Promise<number[]> => {
          const seqs: number[] = [];
          for await (const { seq } of run.events(after === undefined ? {} : { after })) seqs.push(seq);
          return seqs;
        };
        const [all, again, rest] = await Promise.all([read(), read(), read(40)]);
        kit.check('all', [all, all[0]], [again, 1]);
        kit.check('the rest', rest, all.slice(40));
      },
    },
    ...([0, 1, 3] as const).map((fails) => ({
      name: `after ${fails} failed attempts, who honours token-reset has the text of the result`,
      rule: 'D.4',
      checks: 6,
      async run(kit: Parameters<Topic['cases'][0]['run']>[0]) {
        const told = await kit.run(Speaker, { fails, said: '' });
        kit.check('texts', told.result.texts, { speak: SAID[fails], hum: 'm'.repeat(12) });
        kit.check('resets', eventsOf(told, 'token-reset').length, fails);
        kit.check('state', (told.result.state as { said: string }).said, fails === 3 ? '' : 'The answer is ');
      },
    })),
    {
      name: 'a reset says why, takes back the whole attempt, and comes before anything else of its step',
      rule: 'D.4',
      checks: 4,
      async run(kit) {
        const told = await kit.run(Speaker, { fails: 3, said: '' });
        const attempt = (why: string): string[] => ['token', 'token', 'token', `token-reset ${why}`];
        const story = storyOf(told, 'speak', ({ type, why }) => (type === 'token-reset' ? `${type} ${why}` : type));
        kit.check('story', story, [
          ...['step-start', ...attempt('retry'), 'step-retry', ...attempt('retry'), 'step-retry'],
          ...[...attempt('handler'), 'step-error', 'token', 'token', 'step-end'],
        ]);
      },
    },
    {
      name: 'run.tokens() with onReset is told what to take back',
      rule: 'D.4',
      checks: 2,
      async run(kit) {
        const run = await kit.begin(Speaker, { fails: 1, said: '' });
        const resets: TokenReset<string>[] = [];
        let count = 0;
        for await (const _ of run.tokens({ onReset: (event) => resets.push(event) })) count++;
        kit.check(
          'resets',
          resets.map(({ type, step, why }) => [type, step, why]),
          [['token-reset', 'speak', 'retry']],
        );
        kit.check('tokens', [count, (await run.result).status], [3 + 4 + 12, 'success']);
      },
    },
    {
      name: 'run.tokens() without onReset ends with an error rather than tell a doubled answer, and cancels the run',
      rule: 'D.4',
      checks: 3,
      async run(kit) {
        const run = await kit.begin(Speaker, { fails: 1, said: '' });
        const { code } = await kit.refused('a doubled answer', async () => {
          for await (const _ of run.tokens());
        });
        kit.check('code', code, 'TOKENS_RESET');
        kit.check('status', (await run.result).status, 'cancelled');
      },
    },
    {
      name: 'what a failed run has said stays said: nothing has replaced it',
      rule: 'D.4',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Half);
        kit.check('text', [told.result.status, told.result.text], ['failed', 'half']);
        kit.check('resets', eventsOf(told, 'token-reset').length, 0);
      },
    },
    {
      name: 'a slow reader is told everything',
      rule: 'promise 5',
      checks: 3,
      async run(kit) {
        const run = await kit.begin(Talker, { words: 300 });
        const events = [];
        for await (const event of run) {
          events.push(event);
          if (events.length % 30 === 0) await pause(5);
        }
        const told = await kit.told(Talker, run, events);
        kit.check('tokens', eventsOf(told, 'token').length, 300);
      },
    },
    {
      name: 'a slow reader holds the producer to a bounded lead',
      rule: 'E.4',
      checks: 1,
      needs: ['backPressure'],
      async run(kit) {
        const run = await kit.begin(Talker, { words: 100_000 });
        let read = 0;
        for await (const _ of run.tokens()) {
          await pause(1);
          if (++read === 20) break;
        }
        const made = (await run.result).usage.models.made?.input ?? Infinity;
        kit.checkThat(`read ${read}, made ${made}`, made >= read - 1 && made - read <= 66);
      },
    },
    {
      name: 'a run that nobody reads runs to its end all the same',
      rule: 'E.2',
      checks: 1,
      async run(kit) {
        const run = await kit.begin(Talker, { words: 500 });
        const result = await run.result;
        kit.check(
          'result',
          [result.status, (result.state as { said?: string }).said, result.usage.models.made?.input],
          ['success', 'all', 500],
        );
      },
    },
  ],
};
