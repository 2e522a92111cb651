import type { Attempt } from './attempt.js';

/** An attempt that was left behind is never retried over (D.3). */
export const mayTryAgain = ({ activation }: Attempt): boolean =>
  !activation.leftBehind && activation.attempt < (activation.step.retry?.attempts ?? 1);
