import { planOf } from 'stepstream';
import type { ConformanceOptions, ConformancePipeline, EngineUnderTest } from '../../../src/conformance/index.js';
import { executeSegment, type SegmentStart } from '../../../src/engine/durable/execute-segment.js';
import { MemoryTokenBus } from '../../../src/engine/durable/memory-token-bus.js';
import { RemoteRun } from '../../../src/engine/durable/remote-run.js';
import type { StoredEnd } from '../../../src/engine/durable/stored-end.js';
import { checkRunOptions } from '../../../src/executor/check-run-options.js';
import { Run, type AnyRun } from '../../../src/run/run.js';
import { Records } from './records.js';

/** One segment that is executed, as whoever follows it needs it. */
interface Segment {
  readonly runId: string;
  /** The `seq` behind which its events begin. */
  readonly after: number;
  readonly end: Promise<StoredEnd>;
  readonly cancel: (reason: unknown) => Promise<void>;
}

/** The durable walk in one process: its bus and its records are memory, and every run has an instance of its own. */
export function durableInMemory(): EngineUnderTest {
  const bus = new MemoryTokenBus();
  const live = new Map<string, Segment>();
  let runs = 0;

  const begin = async (
    pipeline: ConformancePipeline,
    [key, runId]: readonly [key: string, runId: string],
    start: SegmentStart,
    { context, timeout }: ConformanceOptions,
  ): Promise<Segment> => {
    const known = live.get(key);
    if (known) return known;
    const writer = await bus.take(runId);
    let cancel: ((reason: unknown) => Promise<void>) | undefined;
    let began: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => (began = resolve));
    const execution = executeSegment({
      ...{ pipeline: new pipeline(), runId, start, context, writer, recorder: new Records().recorder() },
      ...(timeout !== undefined && { timeout }),
      past: { past: [], seq: writer.seq, lost: false },
      keepEnd: () => Promise.resolve(),
      onRun: (run: AnyRun) => {
        cancel = (reason) => run.cancel(reason);
        began!();
      },
    });
    const end = execution.then((stored) => JSON.parse(JSON.stringify(stored)) as StoredEnd);
    await Promise.race([begun, end]);
    const segment = { runId, after: writer.seq, end, cancel: (reason: unknown) => cancel!(reason) };
    live.set(key, segment);
    return segment;
  };
  const follow = (pipeline: ConformancePipeline, segment: Segment, options: ConformanceOptions): AnyRun => {
    const { runId, after, end, cancel } = segment;
    options.signal?.addEventListener('abort', () => void cancel(options.signal?.reason));
    return new Run<never>(
      new RemoteRun({
        ...{ id: runId, pipeline: planOf(pipeline).pipeline, after, bus, cancel, leave: 'cancel' },
        ...(options.throwOnFailure !== undefined && { throwOnFailure: options.throwOnFailure }),
        endOf: () => end,
        onError: (error) => {
          throw error;
        },
      }),
    );
  };

  return {
    name: 'the durable walk in memory',
    capabilities: {
      ...{ backPressure: false, finallyBeforeNext: false, lazySources: false, errorIdentity: false },
      ...{ instanceHooks: false, observerErrors: false, instanceListeners: false, refusesLiveId: false },
      ...{ expiresAtResume: true, durable: true },
    },
    async start(pipeline, state, options = {}) {
      checkRunOptions(planOf(pipeline).pipeline, options);
      const runId = options.id ?? `durable-${++runs}`;
      return follow(pipeline, await begin(pipeline, [runId, runId], { state }, options), options);
    },
    async resume(pipeline, suspended, answers, options = {}) {
      if (suspended.status !== 'suspended') throw new Error(`it is ${suspended.status}`);
      const { checkpoint, runId } = suspended;
      const key = `${runId}#${checkpoint.segment + 1}`;
      return follow(pipeline, await begin(pipeline, [key, runId], { checkpoint, answers }, options), options);
    },
  };
}
