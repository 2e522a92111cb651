import { DBOS } from '@dbos-inc/dbos-sdk';
import { toPlain } from '../../state/plain.js';
import { whileUnreachable } from '../postgres/while-unreachable.js';
import { checkStart } from './check-calls.js';
import { TICK, WORKFLOW_CLASS } from './names.js';
import type { TurnRoom } from './turn-room.js';
import { scheduledRunId, type KnownSchedule } from './schedule.js';

/** What DBOS keeps with a schedule. */
export interface TickContext {
  readonly pipeline: string;
  readonly key: string;
}

/** What a worker makes runs begin with. */
export interface TickRoom {
  readonly room: Pick<TurnRoom, 'desk' | 'enqueue'>;
  readonly schedules: readonly KnownSchedule[];
  readonly onError: (error: unknown) => void;
}

let current: TickRoom | undefined;
let registered = false;

/** Lets what DBOS does when the time of a schedule has come happen here; once in a process it is made known to DBOS. */
export function registerTicks(own: TickRoom): void {
  current = own;
  if (registered) return;
  registered = true;
  // A run is there once, however often this is done for its time.
  DBOS.registerWorkflow((at: Date, { key }: TickContext) => tick(current!, at, key), {
    className: WORKFLOW_CLASS,
    name: TICK,
  });
}

async function tick({ room, schedules, onError }: TickRoom, at: Date, key: string): Promise<string> {
  // Only workers that have it look into its queue.
  const known = schedules.find((one) => one.key === key)!;
  try {
    const { pipeline, fingerprint, schedule } = known;
    const { state, context, timeout, priority, partition } = schedule;
    const given: unknown = typeof state === 'function' ? await state(at) : state;
    checkStart(pipeline, given, {});
    const run = {
      ...{ runId: scheduledRunId(known, at), pipeline, fingerprint, timeout, priority, partition },
      ...{ state: toPlain(given, 'state') as object, context: toPlain(context, 'context') },
    };
    await whileUnreachable(() => room.desk.create(run, room.enqueue), onError);
    return run.runId;
  } catch (error) {
    // There is no run that could tell it.
    onError(error);
    throw error;
  }
}
