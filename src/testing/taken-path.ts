import type { RunEvent } from '../run/events.js';

/**
 * The steps that have ended well (done, recovered or skipped), in the order of their ends; of an each itself, not of its
 * items. `within` names the sub-pipeline whose steps are meant: `research`, `research#2/load`; the root's by default.
 */
export function takenPath(events: readonly RunEvent[], within = ''): string[] {
  const path: string[] = [];
  for (const event of events) {
    if (event.type !== 'step-end' && event.type !== 'step-skip') continue;
    if (event.index === undefined && event.path.join('/') === within) path.push(event.step);
  }
  return path;
}
