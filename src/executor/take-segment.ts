import { AlreadyResumedError } from '../errors/already-resumed-error.js';
import type { Clock } from '../ports/clock.js';
import type { Warning } from '../run/result.js';
import type { Host } from './host.js';
import { idInUse } from './id-in-use.js';
import type { Resumption } from './resumption.js';
import type { RunOptions } from './run-options.js';
import { storeWarning } from './store-warning.js';
import { within } from './within.js';

/** A resumed run before anything of it begins. */
export interface SegmentTaker {
  readonly host: Host;
  readonly options: Pick<RunOptions, 'timeout' | 'store'>;
  readonly clock: Clock;
  readonly teller: { readonly warnings: Warning[] };
  /** Whether its end is decided. */
  readonly ending: boolean;
  /** Makes it the live run of its id; false if another one is. */
  takeId(): boolean;
  /** Ends it: its `timeout` is used up. */
  timeOut(): void;
  /** Calls back when its end is decided. */
  onEnding(callback: () => void): void;
}

/**
 * Waits for what validates the answers of a resumed run, and then takes the segment for it; whoever comes second is told
 * what the first has answered (H.3). Resolves to what stands against it; at once, if the run is ended meanwhile.
 */
export async function takeSegment(run: SegmentTaker, resumption: Resumption): Promise<Error | undefined> {
  const { timeout } = run.options;
  // The schema of an author may never answer; the time of the steps is counted from the first of them.
  const timer = timeout === undefined ? undefined : run.clock.after(timeout, () => run.timeOut());
  const ended = new Promise<undefined>((resolve) => run.onEnding(() => resolve(undefined)));
  const taken = take(run, resumption).catch((error: unknown) => error as Error);
  const refused = await Promise.race([taken, ended]);
  timer?.cancel();
  return refused;
}

async function take(run: SegmentTaker, resumption: Resumption): Promise<Error | undefined> {
  await resumption.validate();
  const { host, options } = run;
  const { store } = options;
  if (run.ending || store === undefined) return undefined;
  const { runId } = resumption.checkpoint;
  const { pipeline } = host.compiled.plan;
  const claim = await store.claim(runId, resumption.segment, resumption.given);
  if (!claim.won) return new AlreadyResumedError(pipeline, runId, claim.answers);
  resumption.claimed = true;
  // Cancelled while the store was asked.
  if (run.ending) await giveBack(run, resumption);
  // Resumed by somebody here without that store.
  else if (!run.takeId()) return idInUse(pipeline, runId);
  return undefined;
}

/** Nothing of the segment has begun: somebody else can take it. */
export async function giveBack(run: SegmentTaker, resumption: Resumption): Promise<void> {
  const { store } = run.options;
  if (store === undefined || !resumption.claimed) return;
  resumption.claimed = false;
  const { hookTimeout } = run.host.compiled.plan;
  const release = (): Promise<void> => store.release(resumption.checkpoint.runId, resumption.segment);
  await within(run.clock, hookTimeout, release).catch((error: unknown) => {
    run.teller.warnings.push(storeWarning('The segment of this run could not be given back', error));
  });
}
