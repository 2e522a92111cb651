import type { AnyPipeline } from '../../decorators/context.js';
import type { Checkpoint } from '../run/checkpoint.js';
import type { RunResult } from '../run/result.js';
import { asksOf } from './asks-of.js';
import { createResult, type Concluded, type Ending } from './conclude.js';
import { settleWaiting } from './decide-against.js';
import type { Flow } from './flow.js';

/** The result of a run that ends so, with what it waits for if it is suspended; in an untouched one everything still waits. */
export function toResult(
  run: Concluded & { readonly root: Flow },
  ending: Ending & { readonly checkpoint?: Checkpoint },
  duration: number,
  untouched: boolean,
): RunResult<AnyPipeline> {
  const { status, checkpoint } = ending;
  if (status !== 'suspended' && !untouched) settleWaiting(run.root, status === 'success' ? 'skipped' : 'cancelled');
  const suspended = checkpoint && {
    // `run-end` is the segment's last event.
    checkpoint: Object.freeze({ ...checkpoint, seq: run.teller.seq + 1 }),
    asks: asksOf(run.root),
  };
  return createResult(run, ending, duration, suspended);
}
