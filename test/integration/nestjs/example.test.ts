import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { toMermaid } from 'stepstream/mermaid';
import { AppModule } from '../../../examples/nest/app.module.js';
import { Chatbot } from '../../../examples/nest/chatbot.js';
import { Model } from '../../../examples/nest/model.js';
import { readmeBlock } from '../../examples/readme-block.js';
import { runNode } from '../../examples/run-node.js';
import { gate } from '../../support/gate.js';
import { allEvents, readEvents, textOf, type Received } from './read-events.js';

const ANSWER = 'You have asked: "Why?" Life is complexity.';

/** Starts the example as its users do; ends it when `use` has, unless that has. */
async function runMain(use: (url: string, kill: (signal: NodeJS.Signals) => void) => Promise<void>) {
  let using: Promise<void> | undefined;
  const said = await runNode(['--import', 'tsx', 'examples/nest/main.ts'], {
    env: { PORT: '0' },
    onLine(line, kill) {
      const url = /^Listening on (\S+)$/.exec(line)?.[1];
      if (url !== undefined) using = use(url, kill).finally(() => kill('SIGTERM'));
    },
  });
  await using;
  return said;
}

test('the example answers, as its README shows, and SIGTERM lets the answer end', async () => {
  let shown = '';
  let text = '';
  const { stdout, stderr, code } = await runMain(async (url, kill) => {
    const whole = await (await fetch(`${url}/chat/answer?prompt=Why%3F`)).text();
    shown = whole.replace(/"runId":"[^"]+"/g, '"runId":"…"').replace(/"at":\d+/g, '"at":…');
    const events: Received[] = [];
    for await (const event of readEvents(await fetch(`${url}/chat/answer?prompt=Why%3F`))) {
      if (events.push(event) === 2) kill('SIGTERM');
    }
    text = textOf(events);
    expect(events.at(-1)!.data).toMatchObject({ type: 'run-end', status: 'success' });
  });
  expect(shown.endsWith(readmeBlock('nest', 'text'))).toBe(true);
  expect(text).toBe(ANSWER);
  const lines = stdout.split('\n').filter((line) => !line.startsWith('Listening'));
  const ended = 'An answer has ended: success.';
  // The last run has ended when the hooks behind it have run.
  expect(lines).toEqual(['The chatbot is ready.', ended, 'The chatbot has closed.', ended, '']);
  expect({ stderr, code }).toEqual({ stderr: '', code: 'SIGTERM' });
});

test('its README shows its graph and says how to run it', () => {
  expect(`${toMermaid(Chatbot).trimEnd()}\n`).toBe(readmeBlock('nest', 'mermaid'));
  expect(readmeBlock('nest', 'sh')).toBe('npx tsx examples/nest/main.ts\n');
});

/** A model that says a word whenever the test lets it. */
class SlowModel {
  words = Array.from({ length: 6 }, () => gate());
  ended = gate<string>();

  async *answer(_prompt: string, signal: AbortSignal): AsyncGenerator<string, void> {
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    aborted.catch(() => undefined);
    try {
      for (const [place, word] of this.words.entries()) {
        await Promise.race([word.promise, aborted]);
        yield `${place} `;
      }
    } finally {
      this.ended.open(signal.aborted ? 'aborted' : 'done');
    }
  }
}

beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

/** The application of the example in this process, with another model, on a port. */
async function startExample(model: SlowModel) {
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(Model)
    .useValue(model)
    .compile();
  const app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await app.close();
    },
  };
}

const asked = async (url: string, user: string) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': user },
    body: '{"prompt":"Why?"}',
  });
  return ((await response.json()) as { id: string }).id;
};

test('an answer goes on while its client is away, and is read on from where the client was', async () => {
  const model = new SlowModel();
  await using example = await startExample(model);
  const id = await asked(example.url, 'ann');
  const headers = { 'x-user': 'ann' };
  model.words[0].open();
  model.words[1].open();
  const first: Received[] = [];
  for await (const event of readEvents(await fetch(`${example.url}/${id}/events`, { headers })))
    if (first.push(event) === 2) break;
  for (const word of model.words) word.open();
  expect(await model.ended.promise).toBe('done');
  const lastEventId = first.at(-1)!.id!;
  const rest = await allEvents(
    await fetch(`${example.url}/${id}/events`, { headers: { ...headers, 'last-event-id': lastEventId } }),
  );
  expect(textOf([...first, ...rest])).toBe('0 1 2 3 4 5 ');
  expect(rest.at(-1)!.event).toBe('run-end');
  expect((await fetch(`${example.url}/${id}/events`, { headers: { 'x-user': 'eve' } })).status).toBe(404);
});

test('Stop stops the model, for the one who has asked', async () => {
  const model = new SlowModel();
  await using example = await startExample(model);
  const id = await asked(example.url, 'ann');
  const stop = (user: string) => fetch(`${example.url}/${id}/stop`, { method: 'POST', headers: { 'x-user': user } });
  const reading = allEvents(await fetch(`${example.url}/${id}/events`, { headers: { 'x-user': 'ann' } }));
  model.words[0].open();
  expect((await stop('eve')).status).toBe(404);
  expect((await stop('ann')).status).toBe(204);
  expect(await model.ended.promise).toBe('aborted');
  expect((await reading).at(-1)!.data).toMatchObject({ type: 'run-end', status: 'cancelled' });
});

test('a client that leaves an answer of its own stops the model', async () => {
  const model = new SlowModel();
  await using example = await startExample(model);
  model.words[0].open();
  for await (const event of readEvents(await fetch(`${example.url}/answer?prompt=Why`)))
    if (event.event === 'token') break;
  expect(await model.ended.promise).toBe('aborted');
});

test('a question that is none is answered with 400', async () => {
  await using example = await startExample(new SlowModel());
  expect((await fetch(`${example.url}/answer`)).status).toBe(400);
  const long = await fetch(`${example.url}/answer?prompt=${'x'.repeat(10_001)}`);
  expect([long.status, long.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8']);
  expect((await fetch(example.url, { method: 'POST' })).status).toBe(400);
});
