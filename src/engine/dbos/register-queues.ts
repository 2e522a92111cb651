import { DBOS } from '@dbos-inc/dbos-sdk';
import { COMMON_QUEUE } from './names.js';
import type { ServedPipeline } from './served-pipeline.js';
import type { QueueLimits, RateLimit } from './worker-options.js';

const CONCURRENCY = 32;
/** Milliseconds between two looks at a queue of runs, whether there are any or not. */
const LOOK_EVERY = 50;
/** At the one of expiries, which are never urgent. */
const LOOK_AT_COMMON = 1_000;

/** Makes the queues of a worker what its options say; the last worker to start decides. */
export async function registerQueues(served: readonly ServedPipeline[]): Promise<void> {
  const common = { minPollingIntervalMs: LOOK_EVERY, onConflict: 'always_update' } as const;
  await DBOS.registerQueue(COMMON_QUEUE, { ...common, minPollingIntervalMs: LOOK_AT_COMMON });
  for (const { queue, itemQueue, limits } of served) {
    await DBOS.registerQueue(queue, { ...common, ...toDbos(limits) });
    if (itemQueue !== undefined) await DBOS.registerQueue(itemQueue, { ...common, ...toDbos(limits.items ?? {}) });
  }
}

function toDbos({ globalConcurrency, rate, partitionConcurrency, partitionRate, ...limits }: QueueLimits): object {
  const { concurrency = Math.min(CONCURRENCY, globalConcurrency ?? CONCURRENCY) } = limits;
  return {
    workerConcurrency: concurrency,
    ...(globalConcurrency !== undefined && { globalConcurrency }),
    ...(rate !== undefined && { rateLimit: toRate(rate) }),
    ...(partitionConcurrency !== undefined && { partitionConcurrency }),
    ...(partitionRate !== undefined && { partitionRateLimit: toRate(partitionRate) }),
  };
}

const toRate = ({ limit, per }: RateLimit): object => ({ limitPerPeriod: limit, periodSec: per / 1000 });
