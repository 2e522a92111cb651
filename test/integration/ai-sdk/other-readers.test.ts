import { beforeAll, describe, expect, it } from 'vitest';
import type { UIMessage } from 'ai';
import type { AnyRun } from 'stepstream';
import { toNodeResponse, type ResponseOptions } from 'stepstream/http';
import { Failing, Retrier, Talker } from '../../http/bots.js';
import { serve } from '../../http/serve.js';
import { sdks, type Sdk } from './sdks.js';

describe.each(sdks)('what else of $name reads a run', ({ skip, load }) => {
  describe.skipIf(skip)(skip ?? 'over a real connection', () => {
    let ai: Sdk['ai'];
    beforeAll(async () => {
      ({ ai } = await load());
    });

    const serveRun = (start: () => AnyRun, options: ResponseOptions) =>
      serve((_req, res) => toNodeResponse(start(), res, options));

    /** Reads `text` as a chat does that knows no more than text. */
    async function readText(start: () => AnyRun) {
      await using server = await serveRun(start, { format: 'text', hold: true });
      const transport = new ai.TextStreamChatTransport({ api: server.url });
      const asked = { chatId: 'chat', messages: [], messageId: undefined, abortSignal: undefined };
      const stream = await transport.sendMessages({ ...asked, trigger: 'submit-message' });
      let last: UIMessage | undefined;
      const errors: unknown[] = [];
      for await (const message of ai.readUIMessageStream({ stream, onError: (error) => errors.push(error) }))
        last = message;
      return { text: last?.parts.map((part) => (part.type === 'text' ? part.text : '')).join(''), errors };
    }

    it('a TextStreamChatTransport has the text, and an error where that broke off', async () => {
      expect(await readText(() => new Talker().run({ name: 'Ada' }))).toEqual({ text: 'Hello Ada\n€ 5', errors: [] });
      expect(await readText(() => new Retrier().run({}))).toEqual({ text: 'Life is complex.', errors: [] });
      const failed = await readText(() => new Failing().run({}, { throwOnFailure: false }));
      expect(failed.errors).toHaveLength(1);
    });

    /** Asks as `useCompletion` does. */
    async function complete(start: () => AnyRun, streamProtocol: 'text' | 'data') {
      const format = streamProtocol === 'text' ? 'text' : 'ui-message-stream';
      await using server = await serveRun(start, { format, hold: true });
      const shown: string[] = [];
      let error: Error | undefined;
      await ai.callCompletionApi({
        api: server.url,
        prompt: 'hello',
        credentials: undefined,
        headers: {},
        body: {},
        streamProtocol,
        setCompletion: (text) => shown.push(text),
        setLoading: () => undefined,
        setError: (given) => (error = given),
        setAbortController: () => undefined,
        onFinish: undefined,
        onError: undefined,
        fetch,
      });
      return { text: shown.at(-1), error };
    }

    it.each(['text', 'data'] as const)('useCompletion has the text, and the error, by the protocol %s', async (by) => {
      expect(await complete(() => new Talker().run({ name: 'Ada' }), by)).toEqual({
        text: 'Hello Ada\n€ 5',
        error: undefined,
      });
      expect(await complete(() => new Retrier().run({}), by)).toEqual({ text: 'Life is complex.', error: undefined });
      const failed = await complete(() => new Failing().run({}, { throwOnFailure: false }), by);
      expect(failed.error).toBeInstanceOf(Error);
      if (by === 'data') expect(failed.error!.message).toBe('Failing.respond: the model is down');
    });
  });
});
