/** As DBOS knows us: one application, whatever pipelines it has. */
export const APPLICATION = 'stepstream';

/**
 * Constant: DBOS would otherwise let only processes with the very same code go on with a run. What has to be the same is the
 * plan, and its fingerprint is part of the queue's name.
 */
export const VERSION = 'stepstream-1';

/** The workflows, and the class that they seem to belong to. */
export const WORKFLOW_CLASS = 'stepstream';
export const RUN = 'run';
export const EXPIRE = 'expire';
export const TICK = 'tick';

/** The queue of what every worker can do. */
export const COMMON_QUEUE = 'stepstream';

/** The queue from which those take runs who have this plan. */
export const queueOf = (pipeline: string, fingerprint: string): string => `${pipeline}@${fingerprint}`;

/** The queue from which they take the items of its distributed eaches. */
export const itemQueueOf = (pipeline: string, fingerprint: string): string => `${queueOf(pipeline, fingerprint)}/items`;

/** The id of the workflow that executes a turn of a run; the first has that of the run. */
export const workflowIdOf = (runId: string, turn: number): string => (turn === 1 ? runId : `${runId}#${turn}`);

/** The run that a workflow of ours belongs to. */
export const runIdOf = (workflowId: string): string => workflowId.replace(/(#\d+)?!?$/, '');
