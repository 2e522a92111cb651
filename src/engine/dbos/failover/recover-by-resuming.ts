import { DBOS } from '@dbos-inc/dbos-sdk';

/**
 * Puts a dead executor's runs back into their queues by what DBOS has documented. Unlike its own recovery this forgets
 * their deadline and deduplication id, and starts to count their attempts anew: a run that kills its worker each time
 * never becomes a dead letter. So it is only for a DBOS whose own recovery can't be reached.
 */
export async function recoverByResuming(executorId: string): Promise<number> {
  const pending = await DBOS.listWorkflows({
    status: 'PENDING',
    executorId,
    applicationVersion: DBOS.applicationVersion,
    loadInput: false,
    loadOutput: false,
  });
  const queues = new Map<string | undefined, string[]>();
  for (const { workflowID, queueName } of pending) {
    queues.set(queueName, [...(queues.get(queueName) ?? []), workflowID]);
  }
  for (const [queueName, ids] of queues) await DBOS.resumeWorkflows(ids, { queueName });
  return pending.length;
}
