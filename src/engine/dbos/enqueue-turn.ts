import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { Enqueue } from '../postgres/enqueue.js';
import {
  APPLICATION,
  COMMON_QUEUE,
  EXPIRE,
  itemQueueOf,
  queueOf,
  RUN,
  VERSION,
  WORKFLOW_CLASS,
  workflowIdOf,
} from './names.js';

/** What DBOS is told of the first turn of a run besides its place. */
export interface QueueFacts {
  /** Seconds until it may begin. */
  readonly delaySeconds?: number | undefined;
  readonly deduplicationID?: string | undefined;
}

const OURS = { workflowClassName: WORKFLOW_CLASS, applicationName: APPLICATION, appVersion: VERSION } as const;

/** Has turns executed through the queues of DBOS. A turn has one workflow, however often it is asked for. */
export function enqueueTurn(dbos: DBOSClient, facts: QueueFacts = {}): Enqueue {
  return async (client, { run_id, pipeline, turn, priority, partition }, fingerprint) => {
    const options = {
      ...OURS,
      workflowName: RUN,
      queueName: queueOf(pipeline, fingerprint),
      workflowID: workflowIdOf(run_id, turn),
      ...(priority !== null && { priority }),
      ...(partition !== null && { queuePartitionKey: partition }),
      ...facts,
    };
    await dbos.enqueueInTransaction(client, options, run_id, turn, pipeline);
  };
}

/** Has items executed through a queue of their own: else their runs could fill all places, and wait for them for ever. */
export function enqueueItem(dbos: DBOSClient): Enqueue {
  return async (client, { run_id, pipeline, turn, priority }, fingerprint) => {
    const options = {
      ...OURS,
      workflowName: RUN,
      queueName: itemQueueOf(pipeline, fingerprint),
      workflowID: workflowIdOf(run_id, turn),
      ...(priority !== null && { priority }),
    };
    await dbos.enqueueInTransaction(client, options, run_id, turn, pipeline);
  };
}

/** Has a suspended run looked at when the time of its first suspension is over. */
export async function enqueueExpiry(dbos: DBOSClient, runId: string, turn: number, expiresAt: number): Promise<void> {
  const options = {
    ...OURS,
    workflowName: EXPIRE,
    queueName: COMMON_QUEUE,
    workflowID: `${workflowIdOf(runId, turn)}!`,
    delaySeconds: Math.max(0, (expiresAt - Date.now()) / 1000),
  };
  await dbos.enqueue(options, runId, turn);
}
