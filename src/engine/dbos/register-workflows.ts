import { DBOS } from '@dbos-inc/dbos-sdk';
import { EXPIRE, RUN, WORKFLOW_CLASS } from './names.js';
import { runTurn } from './run-turn.js';
import type { TurnRoom } from './turn-room.js';

let room: TurnRoom | undefined;
let registered = false;

/** In which room the workflows of this process run; undefined if it is no worker. */
export const currentRoom = (): TurnRoom | undefined => room;

/** Lets the workflows run in this room; once in a process they are made known to DBOS, before that is launched. */
export function registerWorkflows(own: TurnRoom, maxRecoveryAttempts: number): void {
  room = own;
  if (registered) return;
  registered = true;
  const config = { className: WORKFLOW_CLASS, maxRecoveryAttempts };
  const run = (runId: string, turn: number, pipeline: string): Promise<string> => runTurn(room!, runId, turn, pipeline);
  const expire = (runId: string, turn: number): Promise<void> => room!.desk.expire(runId, turn, room!.enqueue);
  DBOS.registerWorkflow(run, { ...config, name: RUN });
  DBOS.registerWorkflow(expire, { ...config, name: EXPIRE });
}

/** This process is no worker any more. */
export function leaveRoom(own: TurnRoom): void {
  if (room === own) room = undefined;
}
