import { type } from 'arktype';
import {
  call,
  ForEach,
  Pipeline,
  Step,
  SubPipeline,
  suspend,
  Switch,
  type Checkpoint,
  type Ctx,
  type Each,
} from 'stepstream';
import { memoryStore } from 'stepstream/storage/memory';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StandardSchema } from '../../decorators/standard-schema.js';
import { outcomeOf } from '../support/outcome-of.js';
import { sleep } from '../support/sleep.js';
import { reread, suspendedOf } from '../support/suspended-of.js';

interface Price {
  amount: number;
}

/** A pipeline that asks once, with a schema at the decorator. */
function asking(answer: StandardSchema<Price>) {
  class Asks extends Pipeline<object> {
    static readonly pipeline = { name: 'asks' };
    @Step({ to: 'next', answer })
    ask() {
      return suspend<Price>('how much?');
    }
    @Step()
    next({ input }: Ctx<this, Price>) {
      return input.amount + 1;
    }
  }
  return new Asks();
}

const amount = z.object({ amount: z.number().min(1) });
const asynchronous: StandardSchema<Price> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      await sleep(2);
      const parsed = amount.safeParse(value);
      return parsed.success ? { value: parsed.data } : { issues: [{ message: 'too little', path: ['amount'] }] };
    },
  },
};

const SCHEMAS: readonly (readonly [string, StandardSchema<Price>])[] = [
  ['zod', amount],
  ['valibot', v.object({ amount: v.pipe(v.number(), v.minValue(1)) })],
  ['arktype', type({ amount: 'number>=1' })],
  ['an async one', asynchronous],
  ['an async zod', amount.refine(async ({ amount }) => amount >= 1)],
];

/** How a resume that can't be was refused: at once, or as the failure of its run. */
async function refusalOf(resume: () => { readonly result: Promise<unknown> }): Promise<unknown> {
  try {
    await resume().result;
  } catch (error) {
    const { cause, code } = error as { cause?: unknown; code?: string };
    return code === 'RUN_FAILED' ? cause : error;
  }
  return undefined;
}

describe.each(SCHEMAS)('an answer that %s validates', (_, schema) => {
  it('is the output as the schema has it', async () => {
    const bot = asking(schema);
    const { checkpoint } = await suspendedOf(bot.run({}));
    expect((await bot.resume(checkpoint, { ask: { amount: 4 } }).result).outputs).toEqual({
      ask: { amount: 4 },
      next: 5,
    });
  });

  it('is refused if it is wrong, with nothing lost: the right one is taken afterwards', async () => {
    const bot = asking(schema);
    const store = memoryStore();
    const { checkpoint } = await suspendedOf(bot.run({}, { store }));
    for (const options of [{}, { store }]) {
      for (const answer of [{ amount: 0 }, { amount: 'four' }, null, 7, {}]) {
        const error = await refusalOf(() => bot.resume(checkpoint, { ask: answer as Price }, options));
        expect(error).toMatchObject({ name: 'MisuseError', code: 'INVALID_ANSWER' });
        expect((error as Error).message).toContain('asks.resume(): the answer to "ask" is wrong: answer');
      }
    }
    expect(await store.get(checkpoint.runId)).toMatchObject({ status: 'suspended', segment: 1 });
    const { outputs } = await bot.resume(reread(checkpoint), { ask: { amount: 4 } }, { store }).result;
    expect(outputs.next).toBe(5);
  });
});

describe('what a schema makes of an answer', () => {
  it('is what counts: defaults, coercions, unknown fields left out', async () => {
    const bot = asking(z.object({ amount: z.coerce.number().default(9) }));
    const { checkpoint } = await suspendedOf(bot.run({}));
    const results = await Promise.all(
      [{}, { amount: '3', more: 1 }].map((ask) => {
        const other = asking(z.object({ amount: z.coerce.number().default(9) }));
        return other.resume(checkpoint, { ask: ask as unknown as Price }).result;
      }),
    );
    expect(results.map(({ outputs }) => outputs.ask)).toEqual([{ amount: 9 }, { amount: 3 }]);
  });

  it('has to be plain data, and a schema that can’t say is an error of its own', async () => {
    const transform = (value: unknown): StandardSchema<Price> => ({
      '~standard': { version: 1, vendor: 'test', validate: () => value as { value: Price } },
    });
    for (const [validated, code] of [
      [{ value: new Date() }, 'NOT_PLAIN_DATA'],
      [{ value: { amount: 1n } }, 'NOT_PLAIN_DATA'],
      [undefined, 'ANSWER_SCHEMA_FAILED'],
      ['yes', 'ANSWER_SCHEMA_FAILED'],
    ] as const) {
      const bot = asking(transform(validated));
      const { checkpoint } = await suspendedOf(bot.run({}));
      expect(await refusalOf(() => bot.resume(checkpoint, { ask: { amount: 1 } }))).toMatchObject({ code });
    }
  });

  it('that never settles does not outlive a cancel, a signal or a timeout of the run', async () => {
    const never: StandardSchema<Price> = {
      '~standard': { version: 1, vendor: 'test', validate: () => new Promise(() => undefined) },
    };
    const bot = asking(never);
    const store = memoryStore();
    const { checkpoint } = await suspendedOf(bot.run({}, { store }));
    const answers = { ask: { amount: 1 } };
    const cancelled = bot.resume(checkpoint, answers, { store });
    setTimeout(() => void cancelled.cancel(), 5);
    expect((await cancelled.result).status).toBe('cancelled');
    const timedOut = await outcomeOf(bot.resume(checkpoint, answers, { timeout: 10, store }));
    expect(timedOut).toMatchObject({ status: 'timeout', error: { code: 'RUN_TIMEOUT' } });
    const controller = new AbortController();
    const signalled = bot.resume(checkpoint, answers, { signal: controller.signal, store });
    setTimeout(() => controller.abort(), 5);
    expect((await outcomeOf(signalled)).status).toBe('cancelled');
    // Nothing was taken, and the record says what it said.
    expect(await store.get(checkpoint.runId)).toMatchObject({ status: 'suspended', segment: 1 });
    expect(await store.claim(checkpoint.runId, 2, {})).toEqual({ won: true });
  });
});

describe('the schema that suspend() gives', () => {
  /** The class, as one process has it. */
  function ownClass() {
    class Own extends Pipeline<object> {
      static readonly pipeline = { name: 'own' };
      @Step({ to: 'next' })
      ask() {
        return suspend('how much?', { answer: amount });
      }
      @Step()
      next({ input }: Ctx<this, Price>) {
        return input.amount;
      }
    }
    return Own;
  }
  const Own = ownClass();

  it('validates as long as this process has seen it', async () => {
    const { checkpoint } = await suspendedOf(new Own().run({}));
    expect(() => new Own().resume(checkpoint, { ask: { amount: 0 } })).toThrow('answer.amount');
    expect((await new Own().resume(reread(checkpoint), { ask: { amount: 2 } }).result).outputs.next).toBe(2);
  });

  it('is missing in a fresh process: the answer is refused, with what to do', async () => {
    const { checkpoint } = await suspendedOf(new Own().run({}));
    // The same class, as another process has it, that has never run.
    const Fresh = ownClass();
    const resume = (): unknown => new Fresh().resume(checkpoint, { ask: { amount: 2 } });
    expect(resume).toThrow(expect.objectContaining({ name: 'MisuseError', code: 'ANSWER_SCHEMA_MISSING' }));
    expect(resume).toThrow('{ answer: schema }');
  });

  it('gives way to that of the decorator', async () => {
    class Both extends Pipeline<object> {
      static readonly pipeline = { name: 'both' };
      @Step({ answer: amount })
      ask() {
        return suspend<Price>('?', { answer: z.object({ amount: z.number().max(-1) }) });
      }
    }
    const { checkpoint } = await suspendedOf(new Both().run({}));
    expect((await new Both().resume(checkpoint, { ask: { amount: 1 } }).result).status).toBe('success');
  });
});

class Several extends Pipeline<object> {
  static readonly pipeline = { name: 'several' };
  readonly inner = asking(amount);
  @Step({ to: ['items', 'sub', 'route'] })
  begin() {
    return [1, 2];
  }
  @ForEach({ answer: amount })
  items({ item }: Each<this, number>) {
    return suspend<Price>(item);
  }
  @SubPipeline(() => asking(amount).constructor as never)
  sub() {
    return call(this.inner, {});
  }
  @Switch({ cases: { yes: null, no: 'no' } })
  route() {
    return suspend<'yes' | 'no'>('?');
  }
  @Step()
  no() {}
}

describe('answers that can’t be taken', () => {
  class Route extends Pipeline<object> {
    static readonly pipeline = { name: 'route' };
    @Step({ to: ['items', 'route'] })
    begin() {
      return [1, 2];
    }
    @ForEach({ answer: amount })
    items({ item }: Each<this, number>) {
      return suspend<Price>(item);
    }
    @Switch({ cases: { yes: null, no: 'no' } })
    route() {
      return suspend<'yes' | 'no'>('?');
    }
    @Step()
    no() {}
  }
  const refuse = async (answers: unknown) => {
    const { checkpoint } = await suspendedOf(new Route().run({}));
    return refusalOf(() => new Route().resume(checkpoint, answers as never)) as Promise<Error>;
  };

  it.each([
    [
      { roote: 'yes' },
      'nothing waits for the answer "roote". Did you mean "route"? Pending are: items[0], items[1], route.',
    ],
    [{ begin: 1 }, 'nothing waits for the answer "begin"'],
    [{ 'items[2]': { amount: 1 } }, 'nothing waits for the answer "items[2]"'],
    [{ items: { amount: 1 } }, 'nothing waits for the answer "items"'],
    [{}, 'there is no answer. Pending are: items[0], items[1], route.'],
    [{ route: undefined }, 'there is no answer'],
    [null, 'its answers must be an object by step key'],
    [undefined, 'its answers must be an object by step key'],
    [[1], 'its answers must be an object by step key'],
    ['yes', 'its answers must be an object by step key'],
    [{ route: 'maybe' }, 'the answer to the switch "route" is none of its cases. Answer one of yes, no.'],
    [{ 'items[0]': { amount: 0 } }, 'the answer to "items[0]" is wrong: answer.amount'],
    [{ route: 'yes', 'items[0]': { amount: 0 } }, 'the answer to "items[0]" is wrong'],
    [JSON.parse('{"__proto__": 1}'), 'nothing waits for the answer "__proto__"'],
    [{ constructor: 1 }, 'nothing waits for the answer "constructor"'],
  ])('%j: %s', async (answers, message) => {
    const error = await refuse(answers);
    expect(error).toMatchObject({ name: 'MisuseError', code: 'INVALID_ANSWER' });
    expect(error.message).toContain(message);
  });

  it('are no plain data', async () => {
    expect(await refuse({ route: new Date() })).toMatchObject({ code: 'NOT_PLAIN_DATA', path: 'answers.route' });
  });

  it('are told shortly, however long they are', async () => {
    const long = 'x'.repeat(1_000_000);
    expect((await refuse({ [long]: 1 })).message.length).toBeLessThan(300);
    expect((await refuse({ route: long })).message.length).toBeLessThan(300);
  });
});

describe('the type of answers', () => {
  it('knows the keys and what each step waits for', () => {
    const types = (bot: Several, checkpoint: Checkpoint): void => {
      bot.resume(checkpoint, { 'items[0]': { amount: 1 }, route: 'yes', 'sub/ask': { amount: 1 } });
      // @ts-expect-error -- no such step waits
      bot.resume(checkpoint, { begin: 1 });
      // @ts-expect-error -- another type
      bot.resume(checkpoint, { route: 'maybe' });
      // @ts-expect-error -- another type
      bot.resume(checkpoint, { 'items[0]': { amount: '1' } });
    };
    expect(types).toBeInstanceOf(Function);
  });
});
