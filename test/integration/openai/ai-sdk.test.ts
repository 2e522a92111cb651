import type * as compatible from '@ai-sdk/openai-compatible';
import type * as ai from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, serveModels, until, type Models } from './serve-models.js';

const NODE = Number(process.versions.node.split('.')[0]);
const VENDOR = new URL('../vendor/ai-7/node_modules/', import.meta.url);

/** What is in the tree beside the root's has no name to be imported by. */
const foreign = (path: string): Promise<unknown> => import(/* @vite-ignore */ new URL(path, VENDOR).href);

interface Sdk {
  readonly ai: typeof ai;
  readonly compatible: typeof compatible;
}

const sdks: readonly { readonly name: string; readonly skip: boolean; readonly load: () => Promise<Sdk> }[] = [
  {
    name: 'ai 6 with @ai-sdk/openai-compatible 2',
    skip: false,
    load: async () => ({ ai: await import('ai'), compatible: await import('@ai-sdk/openai-compatible') }),
  },
  {
    name: `ai 7 with @ai-sdk/openai-compatible 3${NODE < 22 ? ' (skipped: it needs Node 22)' : ''}`,
    skip: NODE < 22,
    load: async () => ({
      ai: (await foreign('ai/dist/index.js')) as typeof ai,
      compatible: (await foreign('@ai-sdk/openai-compatible/dist/index.js')) as typeof compatible,
    }),
  },
];

describe.each(sdks.filter(({ skip }) => skip))('$name', () => {
  it.skip('runs on newer versions of Node', () => undefined);
});

describe.each(sdks.filter(({ skip }) => !skip))('$name against pipelines', ({ load }) => {
  let sdk: Sdk;
  let models: Models;
  let ask: (name: string) => ai.LanguageModel;
  beforeAll(async () => {
    sdk = await load();
    models = await serveModels();
    const settings = { name: 'stepstream', baseURL: models.url, apiKey: KEY, includeUsage: true };
    ask = sdk.compatible.createOpenAICompatible(settings);
  });
  afterAll(() => models[Symbol.asyncDispose]());

  /** All parts of a stream, by type; what went wrong is a part too. */
  async function read(name: string): Promise<{ readonly text: string; readonly errors: readonly unknown[] }> {
    const errors: unknown[] = [];
    let text = '';
    const onError = ({ error }: { error: unknown }) => void errors.push(error);
    const { fullStream } = sdk.ai.streamText({ model: ask(name), prompt: 'hello', onError, maxRetries: 0 });
    for await (const part of fullStream) if (part.type === 'text-delta') text += part.text;
    return { text, errors };
  }

  it('streams a text with its usage and reason', async () => {
    const result = sdk.ai.streamText({ model: ask('echo'), prompt: 'hello', temperature: 0.5 });
    const tokens: string[] = [];
    for await (const token of result.textStream) tokens.push(token);
    expect(tokens).toEqual(['ada: ', '[user] hello ', 'at 0.5']);
    expect(await result.finishReason).toBe('stop');
    expect(await result.usage).toMatchObject({ inputTokens: 23, outputTokens: 11, totalTokens: 34 });
    expect((await result.response).modelId).toBe('echo');
  });

  it('generates a text from a whole conversation', async () => {
    const { text, usage, finishReason } = await sdk.ai.generateText({
      model: ask('echo'),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Who' },
            { type: 'text', text: 'are you?' },
          ],
        },
        { role: 'assistant', content: 'A bot.' },
        { role: 'user', content: 'Thanks' },
      ],
    });
    expect(text).toBe('ada: [user] Who\nare you? [assistant] A bot. [user] Thanks ');
    expect(usage).toMatchObject({ inputTokens: 23, outputTokens: 11 });
    expect(finishReason).toBe('stop');
  });

  it('knows that an answer was cut off', async () => {
    const { text, finishReason } = await sdk.ai.generateText({ model: ask('long'), prompt: 'hello' });
    expect([text, finishReason]).toEqual(['Once upon a', 'length']);
  });

  it('takes a usage that is not known for what it is', async () => {
    const { text, usage } = await sdk.ai.generateText({ model: ask('talker'), prompt: 'hello' });
    expect(text).toBe('Hello Ada\n€ 5');
    expect(usage.inputTokens ?? undefined).toBeUndefined();
    expect(await read('talker')).toEqual({ text, errors: [] });
  });

  it('is told of a failure in the middle, and of what was taken back', async () => {
    const failing = await read('failing');
    expect(failing.text).toBe('Hel');
    expect(JSON.stringify(failing.errors)).toContain('Sorry about that!');
    const retrier = await read('retrier');
    expect(retrier.text).toBe('Forty-');
    expect(JSON.stringify(retrier.errors)).toContain('no longer counts');
    for (const { errors } of [failing, retrier]) expect(errors).toHaveLength(1);
    expect(await read('held')).toEqual({ text: 'Life is complex.', errors: [] });
  });

  it('is told with a status of a failure before the first token', async () => {
    const { attempts } = models.mute;
    const error: unknown = await sdk.ai.generateText({ model: ask('mute'), prompt: 'hello', maxRetries: 0 }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(sdk.ai.APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 500, data: { error: { type: 'server_error' } } });
    expect(String((error as Error).message)).toContain('Sorry about that!');
    expect(models.mute.attempts).toBe(attempts + 1);
  });

  it.each([
    ['a model that there is not', 'gpt-4', 404],
    ['tools', 'talker', 400],
  ])('is refused when it asks for %s', async (what, name, status) => {
    const schema = sdk.ai.jsonSchema({ type: 'object', properties: {} });
    const tools = { look: sdk.ai.tool({ inputSchema: schema }) };
    const asked = sdk.ai.generateText({ model: ask(name), prompt: 'x', ...(what === 'tools' && { tools }) });
    await expect(asked).rejects.toMatchObject({ statusCode: status });
  });

  it('stops the generator when it is aborted', async () => {
    const { endless, ends } = models;
    const [finished, ended] = [endless.finished, ends.length];
    const abort = new AbortController();
    const { textStream } = sdk.ai.streamText({ model: ask('endless'), prompt: 'x', abortSignal: abort.signal });
    let read = 0;
    for await (const _ of textStream) if (++read === 3) abort.abort();
    await until(() => ends.length > ended);
    expect([ends.at(-1), endless.finished]).toEqual(['cancelled', finished + 1]);
  });
});
