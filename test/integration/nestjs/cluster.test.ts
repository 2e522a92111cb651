import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunError } from 'stepstream';
import { connect, dbos, type DbosOptions } from 'stepstream/engine/dbos';
import { PipelineModule } from 'stepstream/nestjs';
import { startPostgres, type PostgresServer } from '../engine/start-postgres.js';
import { Approval, Chatbot, Journal, parts } from './cluster-app.js';
import { allEvents, readEvents, textOf, type Received } from './read-events.js';
import { startApp } from './start-app.js';
import { killClusterWorkers, startClusterWorker } from './start-cluster-worker.js';

let postgres: PostgresServer;
let databaseUrl: string;
beforeAll(async () => void (postgres = await startPostgres()));
afterAll(() => postgres.stop());
afterEach(killClusterWorkers);
beforeEach(async () => void (databaseUrl = await postgres.createTables()));

const soon = async <T>(get: () => T | Promise<T>) => expect.poll(get, { timeout: 20_000, interval: 20 });

/** An application with this part in the engine. */
const start = (role: DbosOptions['role'], drainTimeout = 5_000) => {
  const engine = dbos({ databaseUrl, role, failover: { heartbeat: 500, lookEvery: 200 } });
  return startApp({ ...parts, imports: [PipelineModule.forRoot({ engine, drainTimeout })] });
};

describe('the web tier and workers in other processes', () => {
  test('run() on the web tier streams what a service injected in a worker says, over SSE', async () => {
    const worker = await startClusterWorker(databaseUrl, 'a worker');
    await using web = await start('web');
    const events = await allEvents(await fetch(`${web.url}/chat?prompt=how+are+you`));
    expect(textOf(events)).toBe('a worker: how are you');
    const numbers = events.map(({ id }) => Number(id));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers[0]).toBe(1);
    expect(events.at(-1)!.data).toMatchObject({ type: 'run-end', status: 'success' });
    const told = ['run-start', 'a worker: ', 'how ', 'are ', 'you', 'run-end'];
    expect(web.app.get(Journal).heard).toEqual(told);
    expect(await worker.stop()).toEqual(told);
    expect(web.errors).toEqual([]);
  });

  test('the handle is there at once, with the id that was given, and is that of a run in process', async () => {
    const worker = await startClusterWorker(databaseUrl, 'w');
    await using web = await start('web');
    const chatbot = web.app.get(Chatbot);
    const run = chatbot.run({ prompt: 'a b', response: '' }, { id: 'mine', context: { of: 'me' } });
    expect(run.id).toBe('mine');
    const tokens: string[] = [];
    for await (const token of run.tokens('respond')) tokens.push(token);
    expect(tokens).toEqual(['w: ', 'a ', 'b']);
    const result = await run.result;
    expect(result).toMatchObject({ status: 'success', runId: 'mine', text: 'w: a b' });
    expect(result.state).toEqual({ prompt: 'a b', response: 'w: a b' });
    const failed = chatbot.run({ prompt: '', response: '' });
    await expect(failed.result).rejects.toMatchObject({ code: 'RUN_FAILED', result: { status: 'failed' } });
    await worker.stop();
  });

  test('a worker that is killed in the middle of an answer changes nothing of its text', async () => {
    const first = await startClusterWorker(databaseUrl, 'same');
    await using web = await start('web');
    const prompt = Array.from({ length: 60 }, (_, place) => `word${place}`).join(' ');
    const events: Received[] = [];
    let second: Awaited<ReturnType<typeof startClusterWorker>> | undefined;
    for await (const event of readEvents(await fetch(`${web.url}/chat?prompt=${encodeURIComponent(prompt)}`))) {
      events.push(event);
      if (textOf(events).includes('word5') && second === undefined) {
        await first.kill();
        second = await startClusterWorker(databaseUrl, 'same');
      }
    }
    const reset = events.findIndex(({ data }) => data.type === 'token-reset');
    expect(reset).toBeGreaterThan(0);
    expect(textOf(events.slice(reset))).toBe(`same: ${prompt}`);
    expect(events.at(-1)!.data).toMatchObject({ type: 'run-end', status: 'success' });
    await second!.stop();
  });

  test('a client that leaves its answer cancels the run on the worker', async () => {
    const worker = await startClusterWorker(databaseUrl, 'w');
    await using web = await start('web');
    let runId = '';
    for await (const { data } of readEvents(await fetch(`${web.url}/chat?prompt=${'x%20'.repeat(200)}`))) {
      runId = String(data.runId);
      if (data.type === 'token') break;
    }
    await using client = await connect({ databaseUrl });
    await (await soon(async () => (await client.get(runId))?.status)).toBe('cancelled');
    expect((await worker.stop()).at(-1)).toBe('run-end');
  });

  test('a signal cancels the run from outside, and a wrong call is thrown at once', async () => {
    const worker = await startClusterWorker(databaseUrl, 'w');
    await using web = await start('web');
    const chatbot = web.app.get(Chatbot);
    const controller = new AbortController();
    const run = chatbot.run({ prompt: 'x '.repeat(200), response: '' }, { signal: controller.signal });
    run.once('token', () => controller.abort(new Error('enough')));
    const error = await run.result.then(
      () => undefined,
      (failure: RunError) => failure,
    );
    expect(error).toMatchObject({ code: 'RUN_CANCELLED', result: { status: 'cancelled' } });
    const state = { prompt: '', response: '' };
    expect(() => chatbot.run(state, { store: { claim() {} } as never })).toThrow(/not in a store/);
    expect(() => chatbot.run(state, { id: 'a#b' })).toThrow(/without #/);
    expect(() => chatbot.run(state, { context: () => 1 })).toThrow(/context/);
    expect(() => chatbot.run([] as never)).toThrow(/state as an object/);
    await worker.stop();
  });

  test('a suspended run is resumed on the web tier, once', async () => {
    const worker = await startClusterWorker(databaseUrl, 'w');
    await using web = await start('web');
    const approval = web.app.get(Approval);
    const asked = await approval.run({ by: '' }).result;
    if (asked.status !== 'suspended') throw new Error(`it is ${asked.status}`);
    const run = approval.resume(asked.checkpoint, { ask: 'ann' });
    expect(run.id).toBe(asked.runId);
    expect(await run.result).toMatchObject({ status: 'success', state: { by: 'ann' }, runId: asked.runId });
    await expect(approval.resume(asked.checkpoint, { ask: 'eve' }).result).rejects.toMatchObject({
      code: 'RUN_FAILED',
      cause: { code: 'ALREADY_RESUMED' },
    });
    expect(() => approval.resume({} as never, { ask: 'eve' })).toThrow(/no checkpoint/);
    await worker.stop();
  });

  test('a web tier that stops leaves the runs that are alive to the workers', async () => {
    const worker = await startClusterWorker(databaseUrl, 'w');
    const web = await start('web', 300);
    const response = await fetch(`${web.url}/chat?prompt=${'x%20'.repeat(60)}`, { headers: { 'x-keep': 'yes' } });
    let runId = '';
    let stopped: Promise<void> | undefined;
    const reading = (async () => {
      for await (const { data } of readEvents(response)) {
        runId = String(data.runId);
        if (data.type === 'token') stopped ??= web.app.close();
        if (data.type === 'run-end') return 'ended';
      }
      return 'broken off';
    })().catch(() => 'broken off');
    expect(await reading).toBe('broken off');
    await stopped;
    expect(() => web.app.get(Chatbot).run({ prompt: 'x', response: '' })).toThrow(/has left the engine/);
    await using client = await connect({ databaseUrl });
    const result = await (await client.attach(runId)).result;
    expect(result).toMatchObject({ status: 'success', text: `w: ${'x '.repeat(60).trim()}` });
    await worker.stop();
  });
});

describe('both roles in one application', () => {
  test('it starts the run and executes it, and its listeners are told once', async () => {
    await using app = await start('both');
    const events = await allEvents(await fetch(`${app.url}/chat?prompt=how+are+you`));
    expect(textOf(events)).toBe('the test: how are you');
    const told = ['run-start', 'the test: ', 'how ', 'are ', 'you', 'run-end'];
    expect(app.app.get(Journal).heard).toEqual(told);
    await using client = await connect({ databaseUrl });
    expect(await client.get(String(events[0].data.runId))).toMatchObject({ status: 'success' });
    expect(app.errors).toEqual([]);
  });

  test('a second start with the id of a run is that run, and its events are heard once all the same', async () => {
    await using app = await start('both');
    const chatbot = app.app.get(Chatbot);
    const runs = ['a b', 'c d'].map((prompt) => chatbot.run({ prompt, response: '' }, { id: 'same' }));
    const texts = await Promise.all(runs.map(async ({ result }) => (await result).text));
    expect(texts[0]).toBe(texts[1]);
    const heard = app.app.get(Journal).heard;
    expect([heard[0], heard.slice(1, -1).join(''), heard.at(-1)]).toEqual(['run-start', texts[0], 'run-end']);
  });

  test('it stops when its runs have ended', async () => {
    const app = await start('both');
    const run = app.app.get(Chatbot).run({ prompt: 'a b c', response: '' });
    run.once('token', () => void app.app.close());
    expect(await run.result).toMatchObject({ status: 'success', text: 'the test: a b c' });
    await app[Symbol.asyncDispose]();
  });
});

describe('an application that can’t', () => {
  test('does not start without its database', async () => {
    const { port } = new URL(databaseUrl) as unknown as AddressInfo;
    const engine = dbos({ databaseUrl: `postgres://postgres@127.0.0.1:${port}/there_is_none`, role: 'web' });
    const starting = startApp({ ...parts, imports: [PipelineModule.forRoot({ engine })] });
    await expect(starting).rejects.toThrow(/there_is_none/);
  });

  test('says which options of the engine are wrong', () => {
    expect(() => dbos({ databaseUrl: '' })).toThrow(/databaseUrl/);
    expect(() => dbos({ databaseUrl, role: 'boss' as never })).toThrow(/worker, web, both/);
    expect(() => dbos({ databaseUrl, pipelines: Chatbot as never })).toThrow(/list of classes/);
    expect(() => dbos({ databaseUrl, failover: { heartbeat: 0 } })).toThrow(/failover\.heartbeat must be milliseconds/);
    expect(() => dbos({ databaseUrl, rolle: 'web' } as never)).toThrow(/there is no option "rolle"/);
    expect(() => PipelineModule.forRoot({ engine: {} as never })).toThrow(/must be an engine/);
  });

  test('leaves a pipeline that is not named to its process', async () => {
    const engine = dbos({ databaseUrl, role: 'web', pipelines: [Approval] });
    await using app = await startApp({ ...parts, imports: [PipelineModule.forRoot({ engine })] });
    const result = await app.app.get(Chatbot).run({ prompt: 'a', response: '' }).result;
    expect(result.text).toBe('the test: a');
    await using client = await connect({ databaseUrl });
    expect(await client.get(result.runId)).toBeUndefined();
  });
});
