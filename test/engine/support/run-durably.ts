import { executeSegment } from '../../../src/engine/durable/execute-segment.js';
import { HeardText } from '../../../src/engine/durable/heard-text.js';
import { MemoryTokenBus } from '../../../src/engine/durable/memory-token-bus.js';
import { fromStoredEnd, type StoredEnd } from '../../../src/engine/durable/stored-end.js';
import type { AnyPipeline } from '../../../decorators/context.js';
import type { RunEvent } from '../../../src/run/events.js';
import type { RunResult } from '../../../src/run/result.js';
import { ItemsInMemory } from './items-in-memory.js';
import { Records } from './records.js';

/** What was seen of a run whose executions died again and again. */
export interface Durable {
  readonly result: RunResult<AnyPipeline>;
  readonly events: readonly RunEvent[];
  readonly executions: number;
}

export interface HowToRun {
  /** How many records each execution writes before it dies; the one after the last lives. */
  readonly lives?: readonly number[];
  /** Whether the bus forgets everything when an execution dies. */
  readonly forgetful?: boolean;
  /** After how many events that were read the bus forgets everything, in the middle of an execution. */
  readonly loses?: readonly number[];
  readonly runId?: string;
  readonly context?: unknown;
}

let runs = 0;

/** Runs a class durably, each execution in an instance of its own, as processes have it. */
export async function runDurably(
  create: () => AnyPipeline,
  state: object,
  { lives = [], forgetful = false, loses = [], runId = `run-${++runs}`, context }: HowToRun = {},
): Promise<Durable> {
  const bus = new MemoryTokenBus();
  const records = new Records();
  const events: RunEvent[] = [];
  const heard = new HeardText(0);
  let last = 0;
  const reading = bus.read(runId, 0, {
    take: (some) => {
      for (const event of some) {
        heard.take(event);
        events.push(event);
        last = event.seq;
        if (loses.includes(events.length)) setImmediate(() => bus.loseEverything());
      }
    },
  });
  const items = new ItemsInMemory(bus, create, context);
  let executions = 0;
  let end: StoredEnd | undefined;
  for (const life of [...lives, Infinity]) {
    executions++;
    const recorder = records.recorder(life);
    const writer = await bus.take(runId);
    const execution = executeSegment({
      ...{ pipeline: create(), runId, start: { state }, context, recorder, writer, items },
      keepEnd: (stored) => {
        end = JSON.parse(JSON.stringify(stored)) as StoredEnd;
        return Promise.resolve();
      },
    });
    // One that has died may still find out that it has.
    execution.catch(() => undefined);
    const lived = await Promise.race([execution.then(() => true), recorder.died.then(() => false)]);
    if (lived) break;
    if (forgetful) bus.loseEverything();
  }
  for (let waits = 0; last < end!.event.seq && waits < 100; waits++)
    await new Promise((resolve) => setTimeout(resolve, 1));
  reading.close();
  // Lost when nobody was left to say it again: from the result, as a handle does it.
  if (last < end!.event.seq) events.push(...heard.toldAgain(fromStoredEnd(end!).texts, end!.event));
  return { result: fromStoredEnd(end!), events, executions };
}
