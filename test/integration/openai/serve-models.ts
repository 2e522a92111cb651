import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createOpenAIServer,
  model,
  type ChatCall,
  type OpenAIServer,
  type OpenAIServerOptions,
} from 'stepstream/openai';
import { Endless, Failing, Items, Outer, Retrier, Talker } from '../../http/bots.js';
import { sleep } from '../../support/sleep.js';
import { Asking, Echo, Long, Mute, Slow } from './bots.js';

export const KEY = 'sk-SECRET-KEY';

export interface User {
  readonly name: string;
}

/** Pipelines behind a real socket, and what became of their runs. */
export interface Models extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: OpenAIServer;
  readonly endless: Endless;
  readonly mute: Mute;
  readonly slow: Slow;
  /** How the runs of `endless`, `slow` and `talker` have ended, in order. */
  readonly ends: string[];
  /** What `onError` was told. */
  readonly told: unknown[];
  /** How the answers were sent, in order. */
  readonly outcomes: string[];
  /** Lets `slow` speak. */
  speak(): void;
}

export async function serveModels(options: Partial<OpenAIServerOptions<User>> = {}): Promise<Models> {
  const endless = new Endless('word ', () => sleep(2));
  const mute = new Mute();
  let speak!: () => void;
  const spoken = new Promise<void>((resolve) => (speak = resolve));
  const slow = new Slow(() => spoken);
  const talker = new Talker();
  const [ends, told, outcomes] = [[] as string[], [] as unknown[], [] as string[]];
  for (const bot of [endless, slow, talker]) bot.on('run-end', ({ status }) => ends.push(status));
  const state = () => ({});
  const server = createOpenAIServer<User>({
    models: {
      talker: model(talker, { state: () => ({ name: 'Ada' }), created: 1_700_000_000, ownedBy: 'us' }),
      echo: model(new Echo(), {
        state: ({ messages, temperature }) => ({ messages, ...(temperature !== undefined && { temperature }) }),
        options: (_, { caller }: ChatCall<User>) => ({ context: { user: caller.name } }),
        tokens: 'respond',
      }),
      retrier: model(new Retrier(), { state }),
      held: model(new Retrier(), { state, hold: true }),
      outer: model(new Outer(), { state, hold: true }),
      items: model(new Items(), { state, tokens: ['each'] }),
      failing: model(new Failing(), { state }),
      mute: model(mute, { state }),
      endless: model(endless, { state, options: () => ({ id: `run-${Math.random()}` }) }),
      asking: model(new Asking(), { state }),
      long: model(new Long(), { state, finishReason: 'respond' }),
      slow: model(slow, { state: async () => ({}) }),
      'team/broken state': model(new Long(), {
        state: () => {
          throw new Error('SECRET-STATE');
        },
      }),
    },
    authorize: (key) => key === KEY && { name: 'ada' },
    onError: (error) => told.push(error),
    ...options,
  });
  const listening = await listen(
    (req, res) => void server.listener(req, res).then((outcome) => outcomes.push(outcome)),
  );
  return { ...listening, url: `${listening.url}v1`, server, endless, mute, slow, ends, told, outcomes, speak };
}

/** A real server on a free port. */
export async function listen(
  answer: RequestListener,
): Promise<AsyncDisposable & { readonly url: string; readonly port: number }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Resolves when it is so; fails after five seconds: no run is left to itself for so long. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error('It was not so within five seconds.');
    await sleep(2);
  }
}
