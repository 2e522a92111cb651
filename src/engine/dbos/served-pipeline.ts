import type { AnyPipeline } from '../../../decorators/context.js';
import { hostOf } from '../../executor/host-of.js';
import type { KnownPipeline } from '../postgres/keep-pipelines.js';
import { checkLimits } from './check-limits.js';
import { hasDistributed } from './has-distributed.js';
import { itemQueueOf, queueOf } from './names.js';
import { nameOf } from './pipeline-reference.js';
import type { Schedule } from './schedule.js';
import type { QueueLimits, WorkerPipeline } from './worker-options.js';

/** A pipeline of a worker, with the queue from which it takes the runs of it. */
export interface ServedPipeline extends KnownPipeline {
  readonly pipeline: AnyPipeline;
  readonly queue: string;
  /** From which it takes items; absent where it has no distributed each. */
  readonly itemQueue: string | undefined;
  readonly limits: QueueLimits & Pick<WorkerPipeline, 'items'>;
  readonly schedules: readonly Schedule[] | undefined;
}

/** Looks at a pipeline of a worker. Throws what is wrong with its class. */
export function toServed(given: AnyPipeline | WorkerPipeline): ServedPipeline {
  const { pipeline, schedules, ...limits }: WorkerPipeline = isWithLimits(given) ? given : { pipeline: given };
  const { name } = nameOf(pipeline);
  if (isWithLimits(given)) checkLimits(name, given);
  const { blueprint, plan } = hostOf(pipeline).compiled;
  const { migrate } = blueprint.options as { readonly migrate?: unknown };
  const { fingerprint } = plan;
  return {
    pipeline,
    name,
    fingerprint,
    migrates: migrate !== undefined,
    queue: queueOf(name, fingerprint),
    itemQueue: hasDistributed(plan) ? itemQueueOf(name, fingerprint) : undefined,
    limits,
    schedules,
  };
}

const isWithLimits = (given: AnyPipeline | WorkerPipeline): given is WorkerPipeline =>
  Object.getPrototypeOf(given) === Object.prototype && 'pipeline' in given;
