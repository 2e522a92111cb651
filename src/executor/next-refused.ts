import { MisuseError } from '../errors/misuse-error.js';
import type { Attempt } from './attempt.js';

/** A middleware that calls `next()` when it can't. */
export const nextRefused = ({ activation }: Attempt, when: string): MisuseError =>
  new MisuseError({
    code: 'INVALID_NEXT',
    message: `${activation.pipeline}.${activation.name}: a middleware has called next() ${when}.`,
    remedy: 'Call next() once, and await what it gives or return it.',
  });
