import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { testEngine, type Capabilities, type EngineUnderTest } from '../../../src/conformance/index.js';
import { connect, type EngineClient } from '../../../src/engine/dbos/index.js';
import type { AnyRun } from '../../../src/run/run.js';
import { buildProgram } from './build-program.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

const capabilities: Capabilities = {
  ...{ backPressure: false, finallyBeforeNext: false, lazySources: false, errorIdentity: false },
  ...{ instanceHooks: false, observerErrors: false, instanceListeners: false, refusesLiveId: false },
  ...{ expiresAtResume: false, durable: true },
};

/** Runs on workers in other processes; this one only starts and follows them. */
const onWorkers = (client: EngineClient): EngineUnderTest => ({
  name: 'DBOS',
  capabilities,
  patience: 30_000,
  latency: 500,
  async start(pipeline, state, { signal, buffer: _keptAnyway, ...options } = {}) {
    const run: AnyRun = await client.start(pipeline as never, state, options);
    signal?.addEventListener('abort', () => void client.cancel(run.id));
    return run;
  },
  resume: (_pipeline, { runId }, answers, { signal: _none, buffer: _keptAnyway, ...options } = {}) =>
    client.resume(runId, answers, options),
});

async function startWorkerProcess(url: string): Promise<ChildProcess> {
  const program = await buildProgram(new URL('conformance-worker.mts', import.meta.url));
  const child = spawn(process.execPath, ['--enable-source-maps', program, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close').then(([code]) => {
    throw new Error(`the worker has ended too early, with code ${code}`);
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return child;
}

let postgres: PostgresServer | undefined;
let client: EngineClient | undefined;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  postgres = await startPostgres();
  const databaseUrl = await postgres.createDatabase();
  worker = await startWorkerProcess(databaseUrl);
  client = await connect({ databaseUrl });
});

afterAll(async () => {
  await client?.close();
  if (worker && worker.exitCode === null) {
    worker.kill('SIGTERM');
    await once(worker, 'close');
  }
  await postgres?.stop();
});

testEngine({ engine: { name: 'DBOS', capabilities, get: () => onWorkers(client!) }, describe, it });
