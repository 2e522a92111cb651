import { DBOS, type DBOSClient } from '@dbos-inc/dbos-sdk';
import { isConnectionError } from '../postgres/is-connection-error.js';
import { wrongCron } from './check-schedules.js';
import { TICK, WORKFLOW_CLASS } from './names.js';
import type { TickContext } from './register-ticks.js';
import type { KnownSchedule } from './schedule.js';
import type { ServedPipeline } from './served-pipeline.js';

/** Milliseconds between two looks whether the time of a schedule has come to one of its workers. */
const LOOK_EVERY = 500;

/**
 * Gives the schedules of a worker to DBOS, which sees when their time has come; the last worker to start decides. A pipeline
 * whose worker says nothing of schedules keeps those that it has.
 */
export async function applySchedules(
  dbos: DBOSClient,
  served: readonly ServedPipeline[],
  schedules: readonly KnownSchedule[],
): Promise<void> {
  for (const { queue } of schedules)
    await DBOS.registerQueue(queue, { minPollingIntervalMs: LOOK_EVERY, onConflict: 'always_update' });
  for (const one of schedules) await apply(dbos, one);
  for (const { name, schedules: own } of served) {
    if (own === undefined) continue;
    const keys = schedules.map(({ key }) => key);
    for (const { scheduleName, context } of await dbos.listSchedules({ scheduleNamePrefix: `${name}/` }))
      if ((context as TickContext | null | undefined)?.pipeline === name && !keys.includes(scheduleName))
        await dbos.deleteSchedule(scheduleName);
  }
}

async function apply(dbos: DBOSClient, { pipeline, key, queue, schedule }: KnownSchedule): Promise<void> {
  const { cron, timezone = 'UTC' } = schedule;
  const context: TickContext = { pipeline, key };
  const one = {
    ...{ scheduleName: key, workflowName: TICK, workflowClassName: WORKFLOW_CLASS },
    ...{ schedule: cron, cronTimezone: timezone, queueName: queue, context },
  };
  try {
    await dbos.applySchedules([one]);
  } catch (error) {
    // What the database says has a code, unless it can't say anything.
    const { code } = error as { readonly code?: unknown };
    throw code === undefined && !isConnectionError(error) ? wrongCron(pipeline, cron, error) : error;
  }
}
