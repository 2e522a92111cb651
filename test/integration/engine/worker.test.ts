import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline, Step, Streaming, suspend, type Ctx } from '../../../src/index.js';
import { connect, startWorker, type EngineClient, type Worker } from '../../../src/engine/dbos/index.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

interface Talk {
  readonly prompt: string;
  response: string;
}

class Chatbot extends Pipeline<Talk> {
  static readonly pipeline = { name: 'chatbot' };

  @Step({ to: 'respond' })
  start({ state }: Ctx<this>) {
    return state.prompt.split(' ');
  }

  @Streaming()
  async *respond({ input, state, signal }: Ctx<this, string[]>) {
    for (const word of input) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      signal.throwIfAborted();
      state.response += `${word}! `;
      yield `${word}! `;
    }
  }
}

class Approval extends Pipeline<{ approved: boolean }> {
  static readonly pipeline = { name: 'approval' };

  @Step({ to: 'done' })
  ask() {
    return suspend<boolean>('may I?');
  }

  @Step()
  done({ state, input }: Ctx<this, boolean>) {
    state.approved = input;
  }
}

describe('a worker and a client', () => {
  let postgres: PostgresServer;
  let worker: Worker;
  let client: EngineClient;

  beforeAll(async () => {
    postgres = await startPostgres();
    const databaseUrl = await postgres.createDatabase();
    const onError = (error: unknown): void => console.error(error);
    worker = await startWorker({ databaseUrl, pipelines: [new Chatbot(), new Approval()], onError });
    client = await connect({ databaseUrl, onError });
  });

  afterAll(async () => {
    await client.close();
    await worker.close();
    await postgres.stop();
  });

  it('run a class as it runs in process: its tokens, its events, its result', async () => {
    const run = await client.start(Chatbot, { prompt: 'how are you', response: '' });
    const tokens: string[] = [];
    for await (const token of run.tokens()) tokens.push(token);
    expect(tokens).toEqual(['how! ', 'are! ', 'you! ']);
    const result = await run.result;
    expect(result).toMatchObject({
      status: 'success',
      state: { response: 'how! are! you! ' },
      text: 'how! are! you! ',
    });
    const events = [];
    for await (const event of await client.attach(run.id)) events.push(event);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, place) => place + 1));
    expect(events.map(({ type }) => type)).toEqual([
      ...['run-start', 'step-start', 'step-end', 'step-start'],
      ...['token', 'token', 'token', 'state-change', 'step-end', 'run-end'],
    ]);
  });

  it('cancel a run from anywhere', async () => {
    const run = await client.start('chatbot', { prompt: 'a '.repeat(500), response: '' });
    let seen = 0;
    for await (const event of run) if (event.type === 'token' && ++seen === 3) break;
    await expect(run.result).resolves.toMatchObject({ status: 'cancelled' });
    expect(await client.get(run.id)).toMatchObject({ status: 'cancelled' });
  });

  it('suspend without holding anything, and go on with the answer', async () => {
    const run = await client.start(Approval, { approved: false });
    expect(await run.result).toMatchObject({ status: 'suspended', asks: [{ key: 'ask', ask: 'may I?' }] });
    await expect.poll(() => worker.runs).toEqual([]);
    const next = await client.resume(run.id, { ask: true });
    const events = [];
    for await (const event of next) events.push(event.type);
    expect(await next.result).toMatchObject({ status: 'success', state: { approved: true } });
    expect(events).toEqual(['run-start', 'step-end', 'step-start', 'state-change', 'step-end', 'run-end']);
    await expect(client.resume(run.id, { ask: false })).rejects.toMatchObject({
      code: 'ALREADY_RESUMED',
      answers: { ask: true },
    });
  });
});
