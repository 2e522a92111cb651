import type { Pipeline } from '../pipeline.js';
import type { RunStore } from '../ports/run-store.js';
import type { AnyRun } from '../run/run.js';
import { findPipelines, type FoundPipeline } from './find-pipelines.js';
import type { EndSignal, Io } from './io.js';
import { loadFile, type LoadedFile } from './load-file.js';
import { openStore } from './open-store.js';
import { breathing } from './run/breathing.js';
import { createInstance } from './run/create-instance.js';
import { readRequest, type RunRequest } from './run/request.js';
import { tellEnd } from './run/tell-end.js';
import { watchLive } from './run/watch-live.js';
import { UsageError } from './usage-error.js';

/** `stepstream run`: runs a pipeline of a file, or goes on with a suspended run. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const request = readRequest(args, io.cwd);
  const file = await loadFile(request.file, io);
  const store = request.store === undefined ? undefined : openStore(request.store, io, 'runId' in request.begin);
  try {
    return await watch(await start(request, file, store), request, io);
  } finally {
    await store?.close();
  }
}

async function start(request: RunRequest, file: LoadedFile, store: RunStore | undefined): Promise<AnyRun> {
  const { begin, timeout, context } = request;
  const options = { timeout, context, store, throwOnFailure: false };
  if ('state' in begin) return createInstance(choose(file, request.class)).run(begin.state, options);
  const record = await store!.get(begin.runId);
  if (record === undefined) throw new UsageError(`${request.store} has no run "${begin.runId}".`);
  if (record.checkpoint === undefined)
    throw new UsageError(`Run "${begin.runId}" is not suspended: its status is ${record.status}.`);
  const instance: Pipeline<object> = createInstance(choose(file, request.class, record.pipeline));
  return instance.resume(record.checkpoint, begin.answers as never, options);
}

/** The pipeline that was named, or the only one; of several that whose run it is. */
function choose(file: LoadedFile, named: string | undefined, pipeline?: string): FoundPipeline {
  const all = findPipelines(file, named);
  const own = all.filter(
    ({ pipelineClass }) => (pipelineClass as { pipeline?: { name?: string } }).pipeline?.name === pipeline,
  );
  const found = pipeline !== undefined && own.length > 0 ? own : all;
  if (found.length === 1) return found[0];
  const names = found.map(({ name }) => name);
  throw new UsageError(`${file.name} exports several pipelines: ${names.join(', ')}. Name one: --class ${names[0]}.`);
}

/** Shows a run until it has ended. The first signal cancels it; the second doesn't wait for that. */
async function watch(started: AnyRun, request: RunRequest, io: Io): Promise<number> {
  let signalled: EndSignal | undefined;
  let hurry = (_code: number): void => undefined;
  const hurried = new Promise<number>((resolve) => (hurry = resolve));
  const leave = io.onSignal((signal) => {
    if (signalled !== undefined) return hurry(tellHurry(io));
    signalled = signal;
    void started.cancel(signal);
  });
  const show = io.stderr.isTTY && !request.json ? watchLive : writeLines;
  const shown = show(started, io).then(async () => tellEnd(await started.result, request, io, signalled));
  try {
    return await Promise.race([shown, hurried]);
  } finally {
    leave();
  }
}

function tellHurry(io: Io): number {
  io.stderr.write('The run was left before it had ended.\n');
  return 130;
}

/** One line of JSON for each event. */
async function writeLines(started: AnyRun, io: Io): Promise<void> {
  for await (const event of breathing(started)) io.stdout.write(`${JSON.stringify(event)}\n`);
}
