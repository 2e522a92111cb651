import { DBOSWorkflowConflictError, Error as DbosErrors } from '@dbos-inc/dbos-sdk';
import { RunTakenError } from '../../errors/run-taken-error.js';
import { hostOf } from '../../executor/host-of.js';
import type { BusWriter } from '../../ports/token-bus.js';
import { executeSegment, type SegmentStart } from '../durable/execute-segment.js';
import { executeItem } from '../durable/items/execute-item.js';
import type { StoredEnd } from '../durable/stored-end.js';
import type { BegunTurn, RunDesk } from '../postgres/run-desk.js';
import type { RunRow } from '../postgres/run-row.js';
import { DbosRecorder } from './dbos-recorder.js';
import { enqueueExpiry } from './enqueue-turn.js';
import { hasDistributed } from './has-distributed.js';
import { ItemsOnWorkers } from './items-on-workers.js';
import type { LiveRun } from './live-runs.js';
import type { TurnRoom } from './turn-room.js';

/** The body of the workflow: one turn of a run, from its start or from what an execution that died has recorded. */
export async function runTurn(room: TurnRoom, runId: string, turn: number, pipeline: string): Promise<string> {
  try {
    // First of all: an older execution of it in this process ends by that.
    const writer = await room.bus.take(runId);
    const execution = await room.live.enter(runId);
    try {
      return await execute(room, { runId, turn, pipeline, writer }, execution);
    } finally {
      execution.leave();
      await writer.close();
    }
  } catch (error) {
    // DBOS waits then for the outcome of the execution that has the run.
    throw error instanceof RunTakenError ? new DBOSWorkflowConflictError(runId) : error;
  }
}

interface Turn {
  readonly runId: string;
  readonly turn: number;
  readonly pipeline: string;
  readonly writer: BusWriter;
}

async function execute(room: TurnRoom, place: Turn, execution: LiveRun): Promise<string> {
  const { desk } = room;
  const { runId, turn, writer } = place;
  const recorder = new DbosRecorder(runId, () => execution.cancel(CANCELLED_THERE));
  const begun = await desk.begin(runId, turn, writer.seq);
  // Its end is kept, by an execution that died then; the run may have gone on since.
  if (begun === undefined) return 'done';
  const { run, timeLeft } = begun;
  if (run.status !== 'running') return tellKept(room, place);
  if (run.item_of !== null) return executeItemOf(room, place, execution, run);
  if (run.cancel_reason !== null) execution.cancel(run.cancel_reason);
  const fromSeq = Number(run.from_seq);
  const { answeredAt, ...start } = await startOf(desk, recorder, place, begun);
  const end = await executeSegment({
    pipeline: room.pipelines.get(place.pipeline)!,
    ...{ runId, start: start, recorder, writer, answeredAt },
    past: { seq: writer.seq, lost: writer.lost, past: writer.past.filter(({ seq }) => seq > fromSeq) },
    context: contextOf(run),
    ...(timeLeft !== undefined && { timeout: timeLeft }),
    items: new ItemsOnWorkers(room, place.pipeline),
    onRun: (control) => execution.begin(control),
    wasCancelled: (error) => {
      if (!(error instanceof DbosErrors.DBOSWorkflowCancelledError)) return false;
      execution.cancel(CANCELLED_THERE);
      return true;
    },
    keepEnd: (stored) => keepEnd(room, place, stored),
  });
  if (hasDistributed(hostOf(room.pipelines.get(place.pipeline)!).compiled.plan)) await room.items.endAll(runId);
  return end.event.status;
}

/** One item of a distributed each, which is all that it does. */
async function executeItemOf(room: TurnRoom, place: Turn, execution: LiveRun, run: RunRow): Promise<string> {
  if (run.cancel_reason !== null) execution.cancel(run.cancel_reason);
  const end = await executeItem({
    pipeline: room.pipelines.get(place.pipeline)!,
    order: await room.items.orderOf(run),
    writer: place.writer,
    context: contextOf(run),
    onRun: (control) => execution.begin(control),
    keepEnd: (stored) => keepEnd(room, place, stored),
  });
  return end.event.status;
}

const contextOf = ({ context }: RunRow): unknown => (context === null ? undefined : JSON.parse(context));

const CANCELLED_THERE = 'it was cancelled in the database';

/** What is left to do for a turn whose end was kept by an execution that died then. */
async function tellKept(room: TurnRoom, place: Turn): Promise<string> {
  const { runId, turn, writer } = place;
  const end = await room.desk.endOf(runId, turn);
  // An item that was not wanted any more before it began.
  if (end === undefined) return 'cancelled';
  await keepEnd(room, place, end);
  if (end.event.seq > writer.seq) writer.push(end.event);
  await writer.flush();
  return end.event.status;
}

/** Keeps how a turn has ended; what waits for an answer that may expire is looked at then. */
async function keepEnd(
  { desk, dbos, enqueue }: TurnRoom,
  { runId, turn, writer }: Turn,
  end: StoredEnd,
): Promise<void> {
  await desk.keepEnd(runId, turn, writer.epoch, end, enqueue);
  // After a turn that was refused the run waits for what it has waited for before.
  const expiresAt = expiryOf(end.refused ? ((await desk.checkpointOf(runId)) ?? end) : end);
  if (expiresAt !== undefined) await enqueueExpiry(dbos, runId, turn, expiresAt);
}

/** What a turn begins with; the answers, and the time at which they are looked at, are the same in each execution. */
async function startOf(
  desk: RunDesk,
  recorder: DbosRecorder,
  { runId, turn }: Turn,
  { run }: BegunTurn,
): Promise<SegmentStart & { readonly answeredAt?: number }> {
  if (run.checkpoint_turn === null) return { state: JSON.parse(run.state) as object };
  const before = (await desk.endOf(runId, run.checkpoint_turn))!;
  const { answers, answeredAt } = await recorder.record('@answers', () => desk.takeAnswers(runId, turn));
  const { checkpoint } = before.rest as unknown as { readonly checkpoint: never };
  return { checkpoint, answers, answeredAt };
}

/** When the first of what it waits for is over, in milliseconds since the epoch. */
function expiryOf({ rest }: StoredEnd): number | undefined {
  const asks = 'asks' in rest ? (rest.asks as readonly { readonly expiresAt?: number }[]) : [];
  const all = asks.flatMap(({ expiresAt }) => expiresAt ?? []);
  return all.length === 0 ? undefined : Math.min(...all);
}
