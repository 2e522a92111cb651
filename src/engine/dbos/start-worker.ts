import { DBOSClient } from '@dbos-inc/dbos-sdk';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { MisuseError } from '../../errors/misuse-error.js';
import { hostOf } from '../../executor/host-of.js';
import { keepPipelines } from '../postgres/keep-pipelines.js';
import { openPool } from '../postgres/open-pool.js';
import { PgTokenBus } from '../postgres/pg-token-bus.js';
import { RunDesk } from '../postgres/run-desk.js';
import { createSchema } from '../postgres/schema.js';
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
import { registerQueues } from './register-queues.js';
import { currentRoom, registerWorkflows } from './register-workflows.js';
import { toServed } from './served-pipeline.js';
import { SILENT_LOGGER } from './silent-logger.js';
import { Worker, type WorkerParts } from './worker.js';
import type { WorkerOptions } from './worker-options.js';

/** As DBOS has it for a pool of its own. */
const CONNECT_WITHIN = 10_000;

/**
 * Makes this process a worker: it executes runs of these pipelines, whoever has started them, until it is closed. Resolves
 * when it takes runs. Throws for a pipeline that can't run or has no name, and in a process that has a worker already.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { databaseUrl, onError = () => undefined } = options;
  if (currentRoom() !== undefined) throw secondWorker();
  const served = options.pipelines.map(toServed);
  const id = `${hostname()}-${process.pid}-${randomUUID()}`;
  const name = { application_name: sessionName(id) };
  const pool = openPool(databaseUrl, name);
  const dbosPool = openPool(databaseUrl, { ...name, connectionTimeoutMillis: CONNECT_WITHIN });
  const bus = new PgTokenBus({ pool, onError, owns: (client, runId) => isOwner(client, runId, id) });
  const parts: WorkerParts = { id, pool, dbosPool, served, bus };
  const worker = new Worker(parts);
  try {
    await createSchema(pool);
    await keepPipelines(pool, served);
    for (const { pipeline } of served) await hostOf(pipeline).open();
    await enter(parts, options, onError);
    await launch(parts, options, onError);
  } catch (error) {
    await worker.close({ drain: 0 });
    throw error;
  }
  return worker;
}

/** Everything that a run needs, and a sign of life, before the first one is taken. */
async function enter(parts: WorkerParts, options: WorkerOptions, onError: (error: unknown) => void): Promise<void> {
  const { databaseUrl, failover = {}, maxRecoveryAttempts = 5 } = options;
  const { id, pool, dbosPool, served, bus } = parts;
  const queues = queuesOf(parts);
  const heartbeat = failover.heartbeat === undefined ? {} : { heartbeatMs: failover.heartbeat };
  parts.presence = await WorkerPresence.start({ databaseUrl, pool, executorId: id, queues, onError, ...heartbeat });
  const client = { systemDatabaseUrl: databaseUrl, systemDatabasePool: dbosPool, applicationName: APPLICATION };
  const dbos = await DBOSClient.create({ ...client, logger: SILENT_LOGGER });
  const pipelines = new Map(served.map(({ name, pipeline }) => [name, pipeline]));
  const desk = new RunDesk(pool, onError);
  parts.room = { pipelines, bus, desk, dbos, enqueue: enqueueTurn(dbos), live: new LiveRuns() };
  registerWorkflows(parts.room, maxRecoveryAttempts);
  parts.stopListening = obeyCancels(bus.listener, parts.room, onError);
}

/** From here on it takes runs, and those of workers that die. */
async function launch(parts: WorkerParts, options: WorkerOptions, onError: (error: unknown) => void): Promise<void> {
  const { databaseUrl, failover = {} } = options;
  parts.launched = true;
  await launchDbos(databaseUrl, {
    name: APPLICATION,
    applicationVersion: VERSION,
    systemDatabaseUrl: databaseUrl,
    systemDatabasePool: parts.dbosPool,
    executorID: parts.id,
    listenQueues: queuesOf(parts),
    logger: SILENT_LOGGER,
  });
  await registerQueues(parts.served);
  parts.reaper = new Reaper({
    ...{ pool: parts.pool, presence: parts.presence!, onError, recover: await findRecover() },
    application: { name: APPLICATION, version: VERSION },
    ...(failover.lookEvery !== undefined && { intervalMs: failover.lookEvery }),
    ...(failover.frozenAfter !== undefined && { frozenAfterMs: failover.frozenAfter }),
  });
  parts.reaper.start();
}

const queuesOf = ({ served }: WorkerParts): string[] => [COMMON_QUEUE, ...served.map(({ queue }) => queue)];

const secondWorker = (): MisuseError =>
  new MisuseError({
    code: 'SECOND_WORKER',
    message: 'This process has a worker already.',
    remedy: 'Give that one all pipelines, or start another process.',
  });
