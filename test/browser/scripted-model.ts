import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gate } from '../support/gate.js';

/** One request to the model, whose answer the test dictates. */
export interface Dictation {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  say(word: string): void;
  end(): void;
  /** Resolves when the client has broken it off. */
  readonly aborted: Promise<void>;
}

/** A stand-in for a provider: speaks its protocol over real HTTP, and says word by word what the test wants. */
export async function startScriptedModel() {
  const waiting: ((dictation: Dictation) => void)[] = [];
  const arrived: Dictation[] = [];
  const server = createServer((req, res) => {
    void (async () => {
      let body = '';
      for await (const piece of req.setEncoding('utf8')) body += piece as string;
      const { messages } = JSON.parse(body) as Dictation;
      res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      const dictation = dictate(res, messages);
      const taker = waiting.shift();
      if (taker) taker(dictation);
      else arrived.push(dictation);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    /** The next request. */
    next: (): Promise<Dictation> =>
      new Promise((resolve) => {
        const dictation = arrived.shift();
        if (dictation) resolve(dictation);
        else waiting.push(resolve);
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function dictate(res: ServerResponse, messages: Dictation['messages']): Dictation {
  const send = (delta: object, finish_reason: string | null): void => {
    const choices = [{ index: 0, delta, finish_reason }];
    res.write(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`,
    );
  };
  const aborted = gate();
  res.on('close', () => !res.writableEnded && aborted.open());
  return {
    messages,
    aborted: aborted.promise,
    say: (content) => send({ content }, null),
    end() {
      send({}, 'stop');
      res.end('data: [DONE]\n\n');
    },
  };
}
