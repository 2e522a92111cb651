import fc from 'fast-check';
import { PORTS } from '../../src/ports/ports.js';
import { Pipeline, Step, Streaming, type Ctx, type Middleware, type MiddlewareContext } from 'stepstream';
import { virtualClock, type VirtualClock } from 'stepstream/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomeOf } from '../support/outcome-of.js';
import { whenAborted } from '../support/when-aborted.js';
import { runs } from '../support/runs.js';

/** What one middleware does. */
const LAYERS = [
  'pass',
  'pass later',
  'nothing',
  'nothing later',
  'tag',
  'replace',
  'replace and leave',
  'throw',
  'throw after',
  'catch',
] as const;
type Layer = (typeof LAYERS)[number];

/** What the body does: gives its tokens or their text, then returns, throws, or waits for its signal. */
interface Body {
  readonly tokens: number;
  readonly pauses: number;
  readonly end: 'return' | 'throw' | 'wait';
}

/** What comes out: the tokens, and then an output, a failure, or nothing ever. */
interface Expected {
  readonly tokens: readonly string[];
  readonly end: { readonly output: string | undefined } | 'failed' | 'never';
}

const TEXT = 'R';

/** The naive model: what one layer makes of what is inside it. */
function through(layer: Layer, inside: Expected, streams: boolean): Expected {
  const { tokens, end } = inside;
  switch (layer) {
    case 'replace':
    case 'replace and leave':
      return { tokens: [], end: { output: TEXT } };
    case 'throw':
      return { tokens: [], end: 'failed' };
    case 'throw after':
      return { tokens, end: end === 'never' ? end : 'failed' };
    case 'catch':
      if (end !== 'failed') return inside;
      return streams ? { tokens: [...tokens, 'C'], end: { output: undefined } } : { tokens, end: { output: 'C' } };
    case 'tag':
      if (streams) return { tokens: tokens.map((token) => `<${token}>`), end };
      return { tokens, end: typeof end === 'object' ? { output: `<${end.output}>` } : end };
    default:
      return inside;
  }
}

function expectedOf(layers: readonly Layer[], { tokens, end }: Body, streams: boolean): Expected {
  const said = Array.from({ length: tokens }, (_, n) => String(n));
  const output = streams ? undefined : said.join('');
  const body: Expected = {
    tokens: streams ? said : [],
    end: end === 'return' ? { output } : end === 'throw' ? 'failed' : 'never',
  };
  return layers.reduceRight((inside, layer) => through(layer, inside, streams), body);
}

/** Who has begun and not ended. */
const alive = new Set<string>();

async function within<T>(name: string, work: () => Promise<T>): Promise<T> {
  alive.add(name);
  try {
    return await work();
  } finally {
    alive.delete(name);
  }
}

type Tokens = AsyncGenerator<string, unknown, undefined>;
const isStream = (given: unknown): given is Tokens => typeof given === 'object' && given !== null && 'next' in given;

/** As a stream, whatever it is inside: what is no stream is what it returns. */
async function* flow(
  name: string,
  next: () => unknown,
  each: (tokens: Tokens) => Tokens,
): AsyncGenerator<string, unknown, undefined> {
  alive.add(name);
  try {
    const given = await next();
    if (!isStream(given)) return given;
    return yield* each(given);
  } finally {
    alive.delete(name);
  }
}

async function* map(tokens: Tokens, change: (token: string) => string): AsyncGenerator<string, void, undefined> {
  for await (const token of tokens) yield change(token);
}

function streamLayer(layer: Layer, name: string): Middleware {
  if (layer === 'tag') return (_, next) => flow(name, next, (tokens) => map(tokens, (token) => `<${token}>`));
  if (layer === 'throw after')
    return async function* (_, next) {
      yield* flow(name, next, (tokens) => tokens);
      throw new Error('after');
    };
  if (layer === 'catch')
    return async function* (_, next) {
      try {
        return yield* flow(name, next, (tokens) => tokens);
      } catch {
        yield 'C';
      }
    };
  return valueLayer(layer, name);
}

function valueLayer(layer: Layer, name: string): Middleware {
  switch (layer) {
    case 'pass':
      return (_, next) => next();
    case 'pass later':
      return (_, next) => within(name, async () => next());
    case 'nothing':
      return (_, next) => void next();
    case 'nothing later':
      return (_, next) => within(name, async () => void (await next()));
    case 'tag':
      return (_, next) => within(name, async () => `<${String(await next())}>`);
    case 'replace':
      return () => TEXT;
    case 'replace and leave':
      return (_, next) => (void attempted(next), TEXT);
    case 'throw':
      return () => {
        throw new Error('before');
      };
    case 'throw after':
      return async (_, next) => {
        await within(name, async () => next());
        throw new Error('after');
      };
    case 'catch':
      return async (_, next) => {
        try {
          return await within(name, async () => next());
        } catch {
          return 'C';
        }
      };
  }
}

function attempted(next: () => unknown): unknown {
  try {
    return next();
  } catch {
    return undefined;
  }
}

function pipelineOf(layers: readonly Layer[], body: Body, streams: boolean, clock: VirtualClock) {
  const pause = async (signal: AbortSignal): Promise<void> => {
    for (let n = 0; n < body.pauses && !signal.aborted; n++) await clock.sleep(1);
  };
  const end = async (signal: AbortSignal): Promise<void> => {
    if (body.end === 'throw') throw new Error('body');
    if (body.end === 'wait') await whenAborted(signal);
  };
  const middleware = layers.map((layer, n) => (streams ? streamLayer : valueLayer)(layer, `${n} ${layer}`));
  class Values extends Pipeline<object> {
    @Step({ middleware })
    async only({ signal }: { readonly signal: AbortSignal }): Promise<string> {
      return within('body', async () => {
        await pause(signal);
        await end(signal);
        return Array.from({ length: body.tokens }, (_, n) => String(n)).join('');
      });
    }
  }
  class Streams extends Pipeline<object> {
    @Streaming({ middleware })
    async *only({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<string> {
      alive.add('body');
      try {
        for (let n = 0; n < body.tokens; n++) {
          await pause(signal);
          yield String(n);
        }
        await end(signal);
      } finally {
        alive.delete('body');
      }
    }
  }
  return streams ? new Streams() : (new Values() as unknown as Streams);
}

const cases = fc.record({
  layers: fc.array(fc.constantFrom(...LAYERS), { minLength: 1, maxLength: 5 }),
  body: fc.record({
    tokens: fc.nat({ max: 3 }),
    pauses: fc.nat({ max: 2 }),
    end: fc.constantFrom<Body['end']>('return', 'throw', 'wait'),
  }),
  streams: fc.boolean(),
});

describe('any middleware in any order', () => {
  const unhandled: unknown[] = [];
  const watch = (reason: unknown): void => void unhandled.push(reason);
  beforeAll(() => void process.on('unhandledRejection', watch));
  afterAll(() => {
    process.off('unhandledRejection', watch);
    expect(unhandled).toEqual([]);
  });

  it('gives what the naive model says, and nothing of it outlives the run', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ layers, body, streams }) => {
        const clock = virtualClock();
        const run = pipelineOf(layers, body, streams, clock).run({}, { [PORTS]: { clock } } as object);
        const outcome = outcomeOf(run);
        await clock.runAll();
        const { tokens, end } = expectedOf(layers, body, streams);
        if (end === 'never') await run.cancel();
        const { status, text, outputs, abandoned } = await outcome;
        const said = tokens.join('');
        const output = typeof end === 'object' ? (end.output ?? (streams ? said : undefined)) : undefined;
        expect({ status, text, outputs, abandoned }).toEqual({
          status: end === 'never' ? 'cancelled' : end === 'failed' ? 'failed' : 'success',
          text: said,
          outputs: output === undefined ? {} : { only: output },
          abandoned: [],
        });
        expect([[...alive], clock.pending]).toEqual([[], []]);
      }),
      { numRuns: runs(130) },
    );
  });

  it('ends with its run, whenever that is cancelled', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.nat({ max: 60 }), async ({ layers, body, streams }, turns) => {
        const clock = virtualClock();
        const run = pipelineOf(layers, body, streams, clock).run({}, { [PORTS]: { clock } } as object);
        const outcome = outcomeOf(run);
        for (let n = 0; n < turns; n++) await (n % 20 === 19 ? clock.advance(1) : Promise.resolve());
        const cancelled = run.cancel();
        await clock.runAll();
        await cancelled;
        const { status, abandoned } = await outcome;
        const { end } = expectedOf(layers, body, streams);
        const without = end === 'failed' ? 'failed' : end === 'never' ? 'cancelled' : 'success';
        expect(['cancelled', without]).toContain(status);
        expect(abandoned).toEqual([]);
        expect([[...alive], clock.pending]).toEqual([[], []]);
      }),
      { numRuns: runs(130) },
    );
  });
});

describe('middleware that passes everything on', () => {
  const passing: Middleware[] = [
    (_, next) => next(),
    async (_, next) => next(),
    async function* (context: MiddlewareContext, next: () => unknown) {
      return yield* flow(context.step, next, (tokens) => tokens);
    },
  ];

  it('changes no event of a stream', async () => {
    const told = async (middleware: Middleware[]): Promise<unknown[]> => {
      class Sample extends Pipeline<{ n: number }> {
        @Streaming({ retry: 2, middleware })
        async *talk({ state, attempt, emit }: Ctx<this>): AsyncGenerator<string | number, object> {
          state.n++;
          emit('note');
          yield 'a';
          yield 1;
          if (attempt === 1) throw new Error('again');
          return { n: state.n };
        }
      }
      const events: unknown[] = [];
      for await (const event of new Sample().run({ n: 0 }, { id: 'r' })) events.push({ ...event, at: 0 });
      return events;
    };
    expect(await told(passing)).toEqual(await told([]));
  });
});
