import type { Checkpoint } from '../run/checkpoint.js';
import type { Teller } from '../run/teller.js';
import type { Transcript } from '../run/transcript.js';
import { judgeEnd, type Ending } from './conclude.js';
import { settleWaiting } from './decide-against.js';
import type { Flow } from './flow.js';
import { toCheckpoint } from './to-checkpoint.js';

/** A run that nobody has ended. */
export interface QuietRun {
  readonly id: string;
  readonly segment: number;
  readonly startedAt: number;
  readonly root: Flow;
  readonly teller: Teller;
  readonly transcript: Transcript;
  readonly errors: readonly Error[];
}

/** How a run has ended that nobody has ended: with success, or suspended, if something waits for an answer. */
export function judgeRun(run: QuietRun): Ending & { readonly checkpoint?: Checkpoint } {
  const { root, id: runId, segment, startedAt, teller, transcript, errors } = run;
  const { plan, progress, waits, meter } = root;
  if (progress.stopped || !waits) return judgeEnd(plan, progress);
  settleWaiting(root, 'suspended');
  const facts = {
    runId,
    segment,
    startedAt,
    seq: teller.seq,
    usage: meter.total,
    attempts: meter.attempts,
    text: transcript.stretches,
    errors,
  };
  try {
    return { status: 'suspended', checkpoint: toCheckpoint(facts, root) };
  } catch (error) {
    return { status: 'failed', error: error as Error };
  }
}
