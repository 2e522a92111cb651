import { afterEach, describe, expect, test, vi } from 'vitest';
import { mockModel, streamChat, type ChatClient } from 'stepstream/openai';

afterEach(() => {
  vi.useRealTimers();
});

async function ask(client: ChatClient, content = 'Why?') {
  const usages: unknown[] = [];
  const tokens: string[] = [];
  const context = { signal: new AbortController().signal, usage: (usage: unknown) => usages.push(usage) };
  const body = { model: 'mock', messages: [{ role: 'user' as const, content }] };
  for await (const token of streamChat(client, body, context)) tokens.push(token);
  return { tokens, usages };
}

describe('mockModel', () => {
  test('streams its text in words, spaces and marks', async () => {
    const { tokens } = await ask(mockModel('Thinking... Life is complexity.'));
    expect(tokens).toEqual(['Thinking', '...', ' ', 'Life', ' ', 'is', ' ', 'complexity', '.']);
  });

  test.each(['Don’t panic – it’s 42 °C.\n\n- żółć\t👩‍👩‍👧!', '', '   ', 'e\u0301te\u0301'])(
    'loses nothing of %j',
    async (text) => {
      const { tokens } = await ask(mockModel(text));
      expect(tokens.join('')).toBe(text);
    },
  );

  test('keeps an apostrophe in its word', async () => {
    expect((await ask(mockModel("don't"))).tokens).toEqual(["don't"]);
  });

  test('can answer what it was asked', async () => {
    const echo = mockModel(({ messages }) => `You said: ${messages.at(-1)?.content}`);
    expect((await ask(echo, 'hello')).tokens.join('')).toBe('You said: hello');
  });

  test('counts its tokens, if usage is asked for', async () => {
    expect((await ask(mockModel('Life is complexity.'), 'Why me?')).usages).toEqual([
      { model: 'mock', input: 4, output: 6 },
    ]);
    const parts = [];
    const request = { model: 'mock', messages: [], stream: true as const };
    for await (const part of await mockModel('Life').chat.completions.create(request)) parts.push(part);
    expect(parts).toEqual([
      { choices: [{ index: 0, delta: { content: 'Life' }, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    ]);
  });

  test('waits before each token', async () => {
    vi.useFakeTimers();
    const asked = ask(mockModel('one two', { delay: 50 }));
    const ended = vi.fn();
    void asked.then(ended);
    await vi.advanceTimersByTimeAsync(149);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends at once when it is aborted, and leaves no timer behind', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const reason = new Error('stop');
    const context = { signal: controller.signal };
    const stream = streamChat(mockModel('one two', { delay: 50 }), { model: 'mock', messages: [] }, context);
    const first = stream.next();
    await vi.advanceTimersByTimeAsync(50);
    expect((await first).value).toBe('one');
    const second = stream.next();
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('doesn’t begin when it is aborted already', async () => {
    const reason = new Error('stop');
    const request = { model: 'mock', messages: [], stream: true as const };
    const created = mockModel('one').chat.completions.create(request, { signal: AbortSignal.abort(reason) });
    await expect(created).rejects.toBe(reason);
  });
});
