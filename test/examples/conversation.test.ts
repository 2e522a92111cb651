import { describe, expect, test } from 'vitest';
import { mockModel, type ChatClient } from 'stepstream/openai';
import { Conversation } from '../../examples/conversation/conversation.js';
import { readmeBlock } from './readme-block.js';
import { runExample } from './run-example.js';

const user = (content: string) => ({ role: 'user' as const, content });
const assistant = (content: string) => ({ role: 'assistant' as const, content });

describe('examples/conversation', () => {
  test('prints what its README shows', async () => {
    const { stdout, stderr, code } = await runExample('conversation');
    expect({ stdout, stderr, code }).toEqual({ stdout: readmeBlock('conversation', 'text'), stderr: '', code: 0 });
  });

  test('keeps the conversation from turn to turn', async () => {
    const chat = new Conversation(mockModel(({ messages }) => `answer ${messages.length}`));
    const first = await chat.run({ messages: [user('one')] }).result;
    const second = await chat.run({ messages: [...first.state.messages, user('two')] }).result;
    expect(second.state.messages).toEqual([user('one'), assistant('answer 1'), user('two'), assistant('answer 3')]);
  });

  test.each([
    ['leaving the loop', (): void => undefined],
    ['cancel()', (cancel: () => Promise<void>): void => void cancel()],
  ])('a turn that is stopped by %s leaves its half answer out of the next request', async (_how, stop) => {
    const sent: unknown[] = [];
    const chat = new Conversation(mockModel((request) => (sent.push([...request.messages]), 'one two three')));
    const run = chat.run({ messages: [user('long?')] });
    for await (const token of run.tokens()) {
      expect(token).toBe('one');
      stop(() => run.cancel());
      break;
    }
    const stopped = await run.result;
    expect(stopped).toMatchObject({ status: 'cancelled', state: { messages: [user('long?')] }, text: 'one' });

    const next = await chat.run({ messages: [...stopped.state.messages, user('still there?')] }).result;
    expect(sent[1]).toEqual([user('long?'), user('still there?')]);
    expect(next.state.messages).toEqual([user('long?'), user('still there?'), assistant('one two three')]);
  });

  test('a turn that fails leaves its half answer out as well', async () => {
    const broken: ChatClient = {
      chat: {
        completions: {
          create: (request, options) =>
            mockModel('one two')
              .chat.completions.create(request, options)
              .then(async function* (parts) {
                for await (const part of parts) if (part.choices[0]?.finish_reason === null) yield part;
              }),
        },
      },
    };
    const run = new Conversation(broken).run({ messages: [user('?')] }, { throwOnFailure: false });
    expect(await run.result).toMatchObject({
      status: 'failed',
      state: { messages: [user('?')] },
      text: 'one two',
      error: { cause: { code: 'MODEL_STREAM_CUT', tokens: 3 } },
    });
  });
});
