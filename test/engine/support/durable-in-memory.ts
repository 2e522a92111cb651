import { planOf } from 'stepstream';
import type { ConformanceOptions, ConformancePipeline, EngineUnderTest } from '../../../src/conformance/index.js';
import { executeSegment, type SegmentStart } from '../../../src/engine/durable/execute-segment.js';
import { MemoryTokenBus } from '../../../src/engine/durable/memory-token-bus.js';
import { RemoteRun } from '../../../src/engine/durable/remote-run.js';
import type { StoredEnd } from '../../../src/engine/durable/stored-end.js';
import { checkRunOptions } from '../../../src/executor/check-run-options.js';
import { Run, type AnyRun } from '../../../src/run/run.js';
import { ItemsInMemory } from './items-in-memory.js';
import { Records } from './records.js';

/** One segment that is executed, as whoever follows it needs it. */
interface Segment {
  readonly runId: string;
  /** The `seq` behind which its events begin. */
  readonly after: number;
  readonly end: Promise<StoredEnd>;
  readonly cancel: (reason: unknown) => Promise<void>;
}

/**
 * The durable walk in one process: its bus and its records are memory, and every execution has an instance of its own.
 * `lives` says how many records each execution writes before it dies; the one after the last lives.
 */
export function durableInMemory(lives: readonly number[] = []): EngineUnderTest {
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
    const first = await bus.take(runId);
    const records = new Records();
    let cancel: ((reason: unknown) => Promise<void>) | undefined;
    let cancelled: { readonly reason: unknown } | undefined;
    let began: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => (began = resolve));
    const items = new ItemsInMemory(bus, () => new pipeline(), context);
    const execute = async (life: number): Promise<StoredEnd | undefined> => {
      const recorder = records.recorder(life);
      const writer = await bus.take(runId);
      const execution = executeSegment({
        ...{ pipeline: new pipeline(), runId, start, context, writer, recorder, items },
        ...(timeout !== undefined && { timeout }),
        past: { past: writer.past.filter(({ seq }) => seq > first.seq), seq: writer.seq, lost: writer.lost },
        keepEnd: () => Promise.resolve(),
        onRun: (control) => {
          cancel = (reason) => control.cancel(reason);
          if (cancelled) void cancel(cancelled.reason);
          began!();
        },
      });
      // One that has died may still find out that it has.
      execution.catch(() => undefined);
      return Promise.race([execution, recorder.died.then(() => undefined)]);
    };
    const executeAll = async (): Promise<StoredEnd> => {
      for (const life of lives) {
        const end = await execute(life);
        if (end) return JSON.parse(JSON.stringify(end)) as StoredEnd;
      }
      return JSON.parse(JSON.stringify(await execute(Infinity))) as StoredEnd;
    };
    const end = executeAll();
    await Promise.race([begun, end]);
    const segment = {
      ...{ runId, after: first.seq, end },
      // One that has died never answers; who comes behind it knows.
      cancel: (reason: unknown) => {
        cancelled = { reason };
        return Promise.race([cancel!(reason), end.then(() => undefined)]);
      },
    };
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
