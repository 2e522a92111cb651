import type { Checkpoint } from '../run/checkpoint.js';
import { fromPlainError } from '../run/plain-error.js';
import type { Transcript } from '../run/transcript.js';
import type { UsageMeter } from '../run/usage-meter.js';

/** What of a run is not in its flows goes on where the segment before has ended. */
export function restoreRun(
  {
    meter,
    transcript,
    errors,
  }: { readonly meter: UsageMeter; readonly transcript: Transcript; readonly errors: Error[] },
  checkpoint: Checkpoint,
): void {
  meter.restore(checkpoint.usage);
  meter.attempts = checkpoint.attempts;
  for (const [key, stretch] of checkpoint.text) transcript.add(key, stretch);
  for (const error of checkpoint.errors) errors.push(fromPlainError(error));
}
