import { readFileSync, readdirSync } from 'node:fs';
import type OpenAI from 'openai';
import type OpenAI5 from 'openai5';
import type OpenAI7 from 'openai7';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { streamChat, type ChatClient, type FinishReason } from 'stepstream/openai';

const folder = new URL('../../src/openai/', import.meta.url);

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

describe('stepstream/openai', () => {
  test.each(files)('%s imports nothing of openai, not even a type', (file) => {
    const source = readFileSync(new URL(file, folder), 'utf8');
    expect(source.match(/(?:from|import)\s*\(?\s*['"]openai/)).toBeNull();
  });

  test('takes the clients of all major versions in the peer range, whose classes don’t fit one another', () => {
    expectTypeOf<OpenAI5>().toExtend<ChatClient>();
    expectTypeOf<OpenAI>().toExtend<ChatClient>();
    expectTypeOf<OpenAI7>().toExtend<ChatClient>();
    expectTypeOf<OpenAI>().not.toExtend<OpenAI7>();
  });

  test('knows the options of the client that it is given', () => {
    expectTypeOf(calls).returns.toEqualTypeOf<AsyncGenerator<string, FinishReason, undefined>[]>();
  });
});

/** Never called: the compiler is the test. */
function calls(six: OpenAI, seven: OpenAI7, either: OpenAI | OpenAI7 | ChatClient) {
  const messages: { role: 'user' | 'assistant'; content: string }[] = [];
  const context = { signal: new AbortController().signal };
  // @ts-expect-error -- without the signal the request could not be cancelled
  streamChat(six, { model: 'm', messages });
  // @ts-expect-error -- a misspelt option
  streamChat(six, { model: 'm', messages, temprature: 0 }, context);
  // @ts-expect-error -- several answers at once are not one stream of tokens
  streamChat(seven, { model: 'm', messages, n: 2 }, context);
  // @ts-expect-error -- no such role
  streamChat(seven, { model: 'm', messages: [{ role: 'robot', content: '' }] }, context);
  // @ts-expect-error -- no model
  streamChat(either, { messages }, context);
  return [
    streamChat(six, { model: 'm', messages, temperature: 0, stream_options: null }, context),
    streamChat(seven, { model: 'm', messages, max_completion_tokens: 9, tools: [] }, context),
    streamChat(either, { model: 'm', messages }, context),
  ];
}
