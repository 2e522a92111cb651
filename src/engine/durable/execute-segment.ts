import type { AnyPipeline } from '../../../decorators/context.js';
import { resumeRun, startRun } from '../../executor/start-run.js';
import type { WalkScope } from '../../executor/walk-scope.js';
import { RunTakenError } from '../../errors/run-taken-error.js';
import { PORTS } from '../../ports/ports.js';
import type { BusWriter } from '../../ports/token-bus.js';
import type { Checkpoint } from '../../run/checkpoint.js';
import type { AnyRun } from '../../run/run.js';
import type { ItemRunner } from './items/item-runner.js';
import { PastLog } from './past-log.js';
import { Publisher } from './publisher.js';
import type { Recorder } from './recorder.js';
import { RecordingEngine } from './recording-engine.js';
import { toStoredEnd, type StoredEnd } from './stored-end.js';

/** What a segment begins with. */
export type SegmentStart =
  { readonly state: object } | { readonly checkpoint: Checkpoint; readonly answers: Readonly<Record<string, unknown>> };

/** Ends an execution from outside. */
export interface SegmentControl {
  /** Cancels the run, once it has got to where an earlier execution was; resolves when it has ended. */
  cancel(reason: unknown): Promise<void>;
  /** Ends this execution, and tells nobody: the run goes on in another. */
  giveUp(error: unknown): void;
}

/** One execution of one segment of a run. */
export interface SegmentOrder {
  readonly pipeline: AnyPipeline;
  readonly runId: string;
  readonly start: SegmentStart;
  readonly context?: unknown;
  /** Milliseconds that are left of the run's `timeout`, if it has one. */
  readonly timeout?: number;
  readonly recorder: Recorder;
  readonly writer: BusWriter;
  /** What earlier executions of this segment have told; that of the writer by default. */
  readonly past?: Pick<BusWriter, 'past' | 'seq' | 'lost'>;
  /** Of a resumed run: when its answers were looked at, in milliseconds since the epoch. */
  readonly answeredAt?: number | undefined;
  /** Keeps how the segment has ended; before anybody is told of it. */
  readonly keepEnd: (end: StoredEnd) => Promise<void>;
  /** Who has the items of a distributed each executed elsewhere; without it they are executed here. */
  readonly items?: ItemRunner | undefined;
  /** Told when the run has begun. */
  readonly onRun?: (control: SegmentControl) => void;
  /** Whether a refused record says that the run was cancelled; then it is this that cancels it. Never by default. */
  readonly wasCancelled?: (error: unknown) => boolean;
}

/**
 * Executes a segment of a run to its end, or what is left of it after an execution that died. Resolves when its end is
 * stored and told; rejects, with nothing told any more, when the run is no longer this execution's.
 */
export async function executeSegment(order: SegmentOrder): Promise<StoredEnd> {
  const { pipeline, recorder, writer, start, items } = order;
  const past = new PastLog(order.past ?? writer);
  const publisher = new Publisher(writer);
  let engine: RecordingEngine | undefined;
  const { wasCancelled = () => false } = order;
  const makeEngine = (run: object): RecordingEngine =>
    (engine = new RecordingEngine(run as WalkScope, { recorder, past, publisher, items, wasCancelled }));
  writer.onLost = () => engine?.sayAgain();
  writer.onTaken = () => engine?.giveUp(new RunTakenError(order.runId));
  const options = {
    context: order.context,
    ...(order.timeout !== undefined && { timeout: order.timeout }),
    throwOnFailure: false,
    [PORTS]: { engine: makeEngine as never, past, answeredAt: order.answeredAt },
  };
  const run: AnyRun =
    'state' in start
      ? startRun(pipeline, start.state, { ...options, id: order.runId })
      : resumeRun(pipeline, start.checkpoint, start.answers, options);
  const published = publisher.publish(run);
  engine!.attach();
  const { result: ended } = run;
  order.onRun?.({
    cancel: (reason) => Promise.race([engine!.caughtUp, ended]).then(() => run.cancel(reason)),
    giveUp: (error) => engine!.giveUp(error),
  });
  const result = await ended;
  await engine!.idle();
  if (engine!.lost !== undefined) throw engine!.lost.error;
  const event = (await published) ?? past.end!;
  const refused = 'checkpoint' in start && !engine!.began;
  return tellEnd(order, { ...toStoredEnd(result, event), ...(refused && { refused }) });
}

/** Whoever hears of the end finds it. */
async function tellEnd({ keepEnd, writer }: SegmentOrder, end: StoredEnd): Promise<StoredEnd> {
  await keepEnd(end);
  if (end.event.seq > writer.seq) writer.push(end.event);
  await writer.flush();
  return end;
}
