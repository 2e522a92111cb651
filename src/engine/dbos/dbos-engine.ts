import { randomUUID } from 'node:crypto';
import type { AnyPipeline } from '../../../decorators/context.js';
import { MisuseError } from '../../errors/misuse-error.js';
import { hostOf } from '../../executor/host-of.js';
import type { RunEngine, RunOrder } from '../../ports/run-engine.js';
import { Run, type AnyRun } from '../../run/run.js';
import { classOf } from '../../scanner/class-of.js';
import { toPlain } from '../../state/plain.js';
import { LateRun } from '../durable/late-run.js';
import { checkStart } from './check-calls.js';
import type { DbosOptions, PlacedPipeline } from './dbos-options.js';
import { EngineClient } from './engine-client.js';
import { HeardHere } from './heard-here.js';
import { nameOf, type PipelineReference } from './pipeline-reference.js';
import { reasonOf } from './reason-of.js';
import { startWorker } from './start-worker.js';
import type { Worker } from './worker.js';

/** As a client keeps of each run that it follows. */
const BUFFER = 10_000;

/** What a late run begins with. */
interface Beginning {
  readonly id: string;
  readonly seq: number;
  readonly state: object;
}

/** Workers for an application, and its way to them. */
export class DbosEngine implements RunEngine {
  readonly works: boolean;
  readonly starts: boolean;
  readonly #options: DbosOptions;
  readonly #runs = new Set<LateRun>();
  readonly #heard = new Map<AnyPipeline, HeardHere>();
  #worker: Worker | undefined;
  #client: Promise<EngineClient> | undefined;
  #closed = false;

  constructor(options: DbosOptions) {
    const { role = 'both' } = options;
    this.#options = options;
    this.works = role !== 'web';
    this.starts = role !== 'worker';
  }

  has(pipelineClass: object): boolean {
    const { pipelines } = this.#options;
    return pipelines === undefined || pipelines.some((one) => classIn(one) === pipelineClass);
  }

  async open(pipelines: readonly AnyPipeline[]): Promise<void> {
    // One that can't be known by its name is known here, and not when it is run.
    for (const pipeline of pipelines) nameOf(pipeline);
    if (this.starts) await this.#connect();
    if (this.works) await this.#work(pipelines);
  }

  run<P extends AnyPipeline>(pipeline: P, state: object, order: RunOrder): Run<P> {
    const { id = randomUUID() } = order;
    const { name } = nameOf(pipeline);
    const options = { ...toOptions(name, order), id };
    checkStart(name, state, options);
    return this.#late(pipeline, { id, seq: 0, state }, order, (client) =>
      client.start(pipeline as AnyPipeline, state, options),
    );
  }

  resume<P extends AnyPipeline>(pipeline: P, checkpoint: unknown, answers: unknown, order: RunOrder): Run<P> {
    const { name } = nameOf(pipeline);
    const { runId: id, seq, root } = toCheckpoint(name, checkpoint);
    const options = toOptions(name, order);
    const given = toPlain(answers, 'answers') as Record<string, unknown>;
    return this.#late(pipeline, { id, seq, state: root.state }, order, (client) => client.resume(id, given, options));
  }

  /** The worker gives back what it has not ended; who follows a run then is told that this process doesn't any more. */
  async close(drain: number): Promise<void> {
    const timer = setTimeout(() => this.#leave(), drain);
    await this.#worker?.close({ drain });
    while (this.#runs.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    clearTimeout(timer);
    this.#leave();
    for (const heard of this.#heard.values()) heard.close();
    const client = await this.#client?.catch(() => undefined);
    await client?.close();
  }

  #leave(): void {
    this.#closed = true;
    for (const run of [...this.#runs]) run.leave(closedError());
  }

  async #work(pipelines: readonly AnyPipeline[]): Promise<void> {
    const { role: _role, pipelines: placed = [], ...options } = this.#options;
    const served = pipelines.map((pipeline) => {
      const one = placed.find((other) => classIn(other) === classOf(pipeline));
      return one !== undefined && isPlaced(one) ? { ...one, pipeline } : pipeline;
    });
    this.#worker = await startWorker({ ...options, pipelines: served });
  }

  /** A connection that failed is tried again by the next run. */
  #connect(): Promise<EngineClient> {
    const { databaseUrl, onError } = this.#options;
    const client = (this.#client ??= EngineClient.connect({ databaseUrl, ...(onError && { onError }) }));
    client.catch(() => (this.#client = undefined));
    return client;
  }

  #late<P extends AnyPipeline>(
    pipeline: P,
    { id, seq, state }: Beginning,
    { signal, buffer = 0, throwOnFailure = true }: RunOrder,
    start: (client: EngineClient) => Promise<AnyRun>,
  ): Run<P> {
    if (this.#closed) throw closedError();
    const { compiled, listeners } = hostOf(pipeline);
    const { plan } = compiled;
    const heard = this.#heardBy(pipeline);
    heard.begin(id, seq);
    const { onError = () => undefined } = this.#options;
    const cancel = async (): Promise<unknown> => (await this.#connect()).cancel(id, reasonOf(signal!.reason));
    const obey = (): void => void cancel().catch(onError);
    const late: LateRun = new LateRun({
      ...{ id, seq, state, throwOnFailure, shared: listeners, pipeline: plan.pipeline },
      steps: plan.steps.map(({ name }) => name),
      buffer: Math.max(BUFFER, buffer),
      isNews: (event) => heard.isNews(event),
      start: async () => {
        const run = await start(await this.#connect());
        if (signal?.aborted) obey();
        else signal?.addEventListener('abort', obey, { once: true });
        return run;
      },
      onEnd: () => {
        signal?.removeEventListener('abort', obey);
        heard.end(id);
        this.#runs.delete(late);
      },
    });
    this.#runs.add(late);
    return new Run<P>(late);
  }

  #heardBy(pipeline: AnyPipeline): HeardHere {
    const known = this.#heard.get(pipeline) ?? new HeardHere(hostOf(pipeline).listeners);
    this.#heard.set(pipeline, known);
    return known;
  }
}

const isPlaced = (one: PipelineReference<AnyPipeline> | PlacedPipeline): one is PlacedPipeline =>
  typeof one === 'object' && 'pipeline' in one;

function classIn(one: PipelineReference<AnyPipeline> | PlacedPipeline): object {
  const pipeline = isPlaced(one) ? one.pipeline : one;
  return typeof pipeline === 'function' ? pipeline : classOf(pipeline);
}

/** What a client is told of a run. Throws for what only a run in process has. */
function toOptions(name: string, { store, timeout, context, throwOnFailure }: RunOrder) {
  if (store !== undefined)
    throw new MisuseError({
      code: 'INVALID_RUN_OPTION',
      message: `${name}.run(): workers keep their runs in their database, not in a store.`,
      remedy: 'Leave out the option store.',
    });
  return {
    ...(timeout !== undefined && { timeout }),
    ...(context !== undefined && { context: toPlain(context, 'context') }),
    ...(throwOnFailure !== undefined && { throwOnFailure }),
  };
}

function toCheckpoint(name: string, given: unknown) {
  const one = given as { runId?: unknown; seq?: unknown; root?: { state?: unknown } } | null | undefined;
  if (typeof one?.runId === 'string' && typeof one.seq === 'number' && typeof one.root?.state === 'object')
    return one as { readonly runId: string; readonly seq: number; readonly root: { readonly state: object } };
  throw new MisuseError({
    code: 'INVALID_CHECKPOINT',
    message: `${name}.resume(): this is no checkpoint.`,
    remedy: 'Pass the checkpoint of a suspended run as it was.',
  });
}

const closedError = (): MisuseError =>
  new MisuseError({
    code: 'ENGINE_CLOSED',
    message: 'This process has left the engine; its runs go on without it.',
    remedy: 'Attach to the run from a process that is up, and start new ones there.',
  });
