import type { RunSummary } from '../../ports/run-store.js';
import { toDuration } from '../to-duration.js';

/** When a run has started, to the second, in UTC. */
export const startOf = ({ startedAt }: RunSummary): string =>
  new Date(startedAt)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');

/** How long a run has taken, from the start of its first segment to the end of its last; nothing while it runs. */
export const durationOf = ({ startedAt, endedAt }: RunSummary): string =>
  endedAt === undefined ? '' : toDuration(endedAt - startedAt);

/** What a run has used: tokens read and written by models. */
export const usageOf = ({ usage: { input, output } }: RunSummary): string => `${input} + ${output}`;
