import type { AnyPipeline } from '../../../../decorators/context.js';
import { RunTakenError } from '../../../errors/run-taken-error.js';
import { startRun } from '../../../executor/start-run.js';
import type { WalkScope } from '../../../executor/walk-scope.js';
import { PORTS } from '../../../ports/ports.js';
import { copyPlain } from '../../../state/plain.js';
import type { SegmentOrder } from '../execute-segment.js';
import { PastLog } from '../past-log.js';
import { Publisher } from '../publisher.js';
import { toStoredEnd, type StoredEnd } from '../stored-end.js';
import { ItemEngine } from './item-engine.js';
import type { ItemOrder } from './item-order.js';

/** One execution of one item of a distributed each. */
export interface ItemExecution extends Pick<
  SegmentOrder,
  'pipeline' | 'context' | 'writer' | 'past' | 'keepEnd' | 'onRun'
> {
  readonly order: ItemOrder;
}

/**
 * Executes an item to its end, as a part of its run: it has the run's id and context, and the instance, its hooks and the
 * options of the step are those of any item. Resolves when its end is stored and told; rejects, with nothing told any more,
 * when it is no longer this execution's.
 */
export async function executeItem(execution: ItemExecution): Promise<StoredEnd> {
  const { pipeline, order, context, writer, keepEnd, onRun } = execution;
  const past = new PastLog(execution.past ?? writer);
  const publisher = new Publisher(writer);
  let engine: ItemEngine | undefined;
  const makeEngine = (run: object): ItemEngine =>
    (engine = new ItemEngine(run as WalkScope, { order, past, publisher }));
  writer.onLost = () => engine?.sayAgain();
  writer.onTaken = () => engine?.giveUp(new RunTakenError(order.runId));
  const run = startRun(instanceAt(pipeline, order), copyPlain(order.share.base, [], false) as object, {
    ...{ id: order.runId, context, throwOnFailure: false },
    ...{ [PORTS]: { engine: makeEngine as never, past, isPart: true } },
  });
  const published = publisher.publish(run);
  engine!.attach();
  onRun?.({ cancel: (reason) => run.cancel(reason), giveUp: (error) => engine!.giveUp(error) });
  const result = await run.result;
  if (engine!.lost !== undefined) throw engine!.lost.error;
  const event = (await published) ?? past.end!;
  const end = { ...toStoredEnd(result, event), ...(engine!.envelope && { item: engine!.envelope }) };
  await keepEnd(end);
  if (event.seq > writer.seq) writer.push(event);
  await writer.flush();
  return end;
}

function instanceAt(pipeline: AnyPipeline, { share }: ItemOrder): AnyPipeline {
  return share.fields.reduce<object>(
    (instance, field) => (instance as Record<string, object>)[field],
    pipeline,
  ) as AnyPipeline;
}
