import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { MisuseError } from '../../errors/misuse-error.js';
import { hostOf } from '../../executor/host-of.js';
import { ItemDesk } from '../postgres/item-desk.js';
import { keepPipelines } from '../postgres/keep-pipelines.js';
import { openPool } from '../postgres/open-pool.js';
import { PgTokenBus } from '../postgres/pg-token-bus.js';
import { RunDesk } from '../postgres/run-desk.js';
import { applySchedules } from './apply-schedules.js';
import { checkSchedules } from './check-schedules.js';
import { checkWorkerOptions } from './check-worker-options.js';
import { enqueueTurn } from './enqueue-turn.js';
import { findRecover } from './failover/find-recover.js';
import { Reaper } from './failover/reaper.js';
import { sessionName } from './failover/session-name.js';
import { WorkerPresence } from './failover/worker-presence.js';
import { isOwner } from './is-owner.js';
import { launchDbos } from './launch-dbos.js';
import { LiveRuns } from './live-runs.js';
import { APPLICATION, COMMON_QUEUE, VERSION } from './names.js';
import { obeyCancels } from './obey-cancels.js';
import { CONNECT_WITHIN, explain, openDatabase } from './open-database.js';
import { registerQueues } from './register-queues.js';
import { registerTicks } from './register-ticks.js';
import { currentRoom, registerWorkflows } from './register-workflows.js';
import { toServed } from './served-pipeline.js';
import { SILENT_LOGGER } from './silent-logger.js';
import { Worker, type WorkerParts } from './worker.js';
import type { WorkerOptions } from './worker-options.js';

/** Signs of life, and the look at those of others, need few connections, and must not wait for those of the runs. */
const SIGNS = { max: 2, connectionTimeoutMillis: CONNECT_WITHIN };

let starting = false;

/**
 * Makes this process a worker: it executes runs of these pipelines, whoever has started them, until it is closed. Resolves
 * when it takes runs. Throws for a pipeline that can't run or has no name, a schedule that can't be kept, a database that
 * can't be used, and in a process that has a worker already, or somebody else's DBOS.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  if (starting || currentRoom() !== undefined) throw secondWorker();
  if (DBOS.isInitialized()) throw dbosInUse();
  starting = true;
  try {
    return await start(options);
  } finally {
    starting = false;
  }
}

async function start(options: WorkerOptions): Promise<Worker> {
  const { databaseUrl, pipelines, onError = () => undefined } = options;
  checkWorkerOptions({ code: 'INVALID_ENGINE_OPTION', call: 'startWorker()' }, options);
  if (!pipelines?.length) throw noPipelines();
  const served = pipelines.map(toServed);
  const schedules = await checkSchedules(served);
  const id = `${hostname()}-${process.pid}-${randomUUID()}`;
  const name = { application_name: sessionName(id) };
  const pool = openPool(databaseUrl, name);
  const signsPool = openPool(databaseUrl, { ...name, ...SIGNS });
  const dbosPool = openPool(databaseUrl, { ...name, connectionTimeoutMillis: CONNECT_WITHIN });
  const bus = new PgTokenBus({ pool, onError, owns: (client, runId) => isOwner(client, runId, id) });
  const parts: WorkerParts = { id, pool, signsPool, dbosPool, served, opened: [], schedules, bus };
  const worker = new Worker(parts);
  try {
    await openDatabase('startWorker()', databaseUrl, pool);
    await keepPipelines(pool, served);
    for (const { pipeline } of served) {
      await hostOf(pipeline).open();
      parts.opened.push(pipeline);
    }
    await enter(parts, options, onError);
    await launch(parts, options, onError);
  } catch (error) {
    await worker.close({ drain: 0 }).catch(onError);
    throw error;
  }
  return worker;
}

/** Everything that a run needs, and a sign of life, before the first one is taken. */
async function enter(parts: WorkerParts, options: WorkerOptions, onError: (error: unknown) => void): Promise<void> {
  const { databaseUrl, failover = {}, maxRecoveryAttempts = 5 } = options;
  const { id, pool, signsPool, dbosPool, served, schedules, bus } = parts;
  const queues = queuesOf(parts);
  const heartbeat = failover.heartbeat === undefined ? {} : { heartbeatMs: failover.heartbeat };
  parts.presence = await WorkerPresence.start({
    ...{ databaseUrl, pool: signsPool, executorId: id, queues, onError },
    ...heartbeat,
  });
  const client = { systemDatabaseUrl: databaseUrl, systemDatabasePool: dbosPool, applicationName: APPLICATION };
  const dbos = await DBOSClient.create({ ...client, logger: SILENT_LOGGER });
  const pipelines = new Map(served.map(({ name, pipeline }) => [name, pipeline]));
  const desk = new RunDesk(pool, onError);
  const items = new ItemDesk(pool, onError);
  parts.room = { pipelines, bus, desk, items, onError, dbos, enqueue: enqueueTurn(dbos), live: new LiveRuns() };
  registerWorkflows(parts.room, maxRecoveryAttempts);
  registerTicks({ room: parts.room, schedules, onError });
  parts.stopListening = obeyCancels(bus.listener, parts.room, onError);
}

/** From here on it takes runs, and those of workers that die. */
async function launch(parts: WorkerParts, options: WorkerOptions, onError: (error: unknown) => void): Promise<void> {
  const { databaseUrl, failover = {} } = options;
  parts.launched = true;
  const config = {
    name: APPLICATION,
    applicationVersion: VERSION,
    systemDatabaseUrl: databaseUrl,
    systemDatabasePool: parts.dbosPool,
    executorID: parts.id,
    listenQueues: queuesOf(parts),
    // Nobody sends messages by DBOS, and each session that listens is woken by every token that is stored (docs/guides/scaling.md).
    useListenNotify: false,
    logger: SILENT_LOGGER,
  };
  await launchDbos(databaseUrl, config).catch((error: unknown) => {
    throw explain('startWorker()', databaseUrl, error);
  });
  await registerQueues(parts.served);
  await applySchedules(parts.room!.dbos, parts.served, parts.schedules);
  parts.reaper = new Reaper({
    ...{ pool: parts.signsPool, presence: parts.presence!, onError, recover: await findRecover() },
    application: { name: APPLICATION, version: VERSION },
    ...(failover.lookEvery !== undefined && { intervalMs: failover.lookEvery }),
    ...(failover.frozenAfter !== undefined && { frozenAfterMs: failover.frozenAfter }),
  });
  parts.reaper.start();
}

const queuesOf = ({ served, schedules }: WorkerParts): string[] => [
  COMMON_QUEUE,
  ...[...served, ...schedules].map(({ queue }) => queue),
  ...served.flatMap(({ itemQueue }) => itemQueue ?? []),
];

const secondWorker = (): MisuseError =>
  new MisuseError({
    code: 'SECOND_WORKER',
    message: 'This process has a worker already.',
    remedy: 'Give that one all pipelines, or start another process.',
  });

const dbosInUse = (): MisuseError =>
  new MisuseError({
    code: 'DBOS_IN_USE',
    message:
      'startWorker(): DBOS is launched in this process already, by something else, and there is one DBOS in a process.',
    remedy: 'Start the worker in a process of its own; a process that uses DBOS itself can connect() to start runs.',
  });

const noPipelines = (): MisuseError =>
  new MisuseError({
    code: 'INVALID_ENGINE_OPTION',
    message: 'startWorker(): the option pipelines must be a list of instances, and not empty.',
    remedy: 'Write startWorker({ databaseUrl, pipelines: [new Chatbot()] }).',
  });
