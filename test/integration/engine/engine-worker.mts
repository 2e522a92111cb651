// A worker in a process of its own, for the tests of the engine: see engine-cluster.ts, which talks with it.
import { getHeapStatistics } from 'node:v8';
import { compile } from '../../../src/plan/compile.js';
import { outlineOf } from '../../../src/plan/create-fingerprint.js';
import { startWorker } from '../../../src/engine/dbos/index.js';
import type { Asked, EngineWorkerSettings } from './engine-cluster.js';
import * as known from './engine-pipelines.js';
import { leaveMarks } from './marks.js';

const { url, name, pipelines, ...options } = JSON.parse(process.argv[2]!) as EngineWorkerSettings;
const tell = (message: object): void => void process.send!(message, undefined, undefined, () => undefined);
// Nobody is left to ask for anything.
process.once('disconnect', () => process.exit(0));

leaveMarks(url, name);
const { plan } = compile(known.AsksMigrating);
known.AsksMigrating.plan = { fingerprint: plan.fingerprint, outline: outlineOf(plan.steps) };

const worker = await startWorker({
  databaseUrl: url,
  pipelines: pipelines.map(({ of, ...limits }) => ({ pipeline: new known[of](), ...limits })),
  onError: (error) => tell({ error: error instanceof Error ? error.stack : String(error) }),
  ...options,
});
process.on('message', (asked: Asked) => {
  if (asked.what === 'look') {
    globalThis.gc!();
    tell({ answer: asked.id, runs: worker.runs, heap: getHeapStatistics().used_heap_size });
  } else void worker.close({ drain: asked.drain }).then(() => process.exit(0));
});
tell({ ready: worker.id });
