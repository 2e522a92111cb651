import type { Plan } from '../plan/plan.js';
import type { RunStatus, StepLedger, VisitStatus } from '../run/ledger.js';
import type { Progress } from '../run/progress.js';
import { DEAD, QUEUED, SHUT } from './flags.js';

/** Notes in the ledger what became of a visit. */
export function recordVisit({ visits }: Progress, id: number, visit: number, status: VisitStatus): void {
  const all = visits[id];
  if (visit === 1 && typeof all !== 'object') visits[id] = status;
  else if (typeof all === 'object') all[visit - 1] = status;
  else {
    const list = all === undefined ? [] : [all];
    list[visit - 1] = status;
    visits[id] = list;
  }
}

/** Whether what is alive of this step was decided against: an any-join behind it is decided (C.6). */
export const isShut = ({ flags }: Progress, id: number): boolean => (flags[id] & SHUT) !== 0;

/** Why a step without a visit was not taken (C.7); of one that a suspended run has not come to, nobody knows yet. */
export function whyNotTaken(
  { steps }: Plan,
  { flags, causes, stopped }: Progress,
  id: number,
  status?: RunStatus,
): Pick<StepLedger, 'why' | 'by'> {
  const cause = causes[id];
  if (flags[id] & (DEAD | SHUT) && cause !== undefined) return { why: 'dead', by: steps[cause].name };
  if (status === 'suspended') return {};
  return { why: stopped ? 'stopped' : 'ended' };
}

/** Steps of which nothing is decided, and loops in which something is: none, when nothing of a run is in flight. */
export function findWaiting({ steps, loops }: Plan, { flags, rounds }: Progress): readonly number[] {
  const undecided = steps.filter(({ id }) => (flags[id] & (QUEUED | DEAD | SHUT)) === 0).map(({ id }) => id);
  const busy = loops.filter(({ id }) => rounds!.loops[id].busy).map(({ header }) => header);
  return [...new Set([...undecided, ...busy])];
}
