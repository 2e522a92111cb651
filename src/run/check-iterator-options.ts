import { MisuseError } from '../errors/misuse-error.js';
import type { IteratorOptions } from './event-iterator.js';

/** Throws a `MisuseError` for options that `run.events()` can't use. */
export function checkIteratorOptions({ after, leave }: IteratorOptions): void {
  if (after !== undefined && !(Number.isInteger(after) && after >= 0))
    throw refuse('after', 'a whole number, the seq behind which to begin');
  if (leave !== undefined && leave !== 'cancel' && leave !== 'detach') throw refuse('leave', "'cancel' or 'detach'");
}

const refuse = (option: string, expected: string): MisuseError =>
  new MisuseError({
    code: 'INVALID_RUN_OPTION',
    message: `run.events(): the option ${option} must be ${expected}.`,
    remedy: 'Mend the option.',
  });
