import type { Plan, PlanStep } from '../plan/plan.js';
import type { Progress } from '../run/progress.js';

/** Ready, started or ended. */
export const QUEUED = 1;
/** No arrival can come any more. */
export const DEAD = 2;
/** Decided against: an any-join behind it is decided. */
export const SHUT = 4;
/** An any-join that has taken its first success, or can do nothing but fail. */
export const DECIDED = 8;
export const STARTED = 16;
/** Nothing more comes to a step with one of these, or nearly so: see `isSettled`. */
export const SETTLED = DEAD | SHUT | DECIDED;

/** Above the flags stands how deep the round is in which it was shut: 0 is the run's own. */
const DEPTH = 8;

/** How deep the round is that a join belongs to: a header waits in the round around its loop. */
function depthOfJoin({ loops }: Plan, { id, loop }: PlanStep): number {
  if (loop === undefined) return 0;
  return loops[loop].header === id ? loops[loop].depth - 1 : loops[loop].depth;
}

/** Marks a step as shut by an any-join, until the round of that join is over. */
export function markShut(plan: Plan, { flags }: Progress, id: number, join: PlanStep): void {
  const depth = plan.loops.length === 0 ? 0 : depthOfJoin(plan, join);
  const before = flags[id];
  const outermost = before & SHUT ? Math.min(depth, before >> DEPTH) : depth;
  flags[id] = (before & ((1 << DEPTH) - 1)) | SHUT | (outermost << DEPTH);
}

/** What stays of a step's flags in a new round of a loop: that a join outside of that loop has shut it. */
export const keptFlags = (flags: number, depth: number): number =>
  flags & SHUT && flags >> DEPTH < depth ? SHUT | ((flags >> DEPTH) << DEPTH) : 0;

/** What stays of a header's flags in a new round of its own loop: it has waited in the round around it. */
export const headerFlags = (flags: number, depth: number): number =>
  flags & SHUT && flags >> DEPTH >= depth ? flags & (QUEUED | DEAD | DECIDED | STARTED) : flags;

/** Whether a step is the header of a loop. */
export const isHeader = ({ loops }: Plan, { id, loop }: PlanStep): boolean =>
  loop !== undefined && loops[loop].header === id;

/** Whether nothing that comes along an edge into a step means anything in this round any more. */
export function isSettled(plan: Plan, { flags, rounds }: Progress, step: PlanStep): boolean {
  const own = flags[step.id];
  if ((own & SETTLED) === 0) return false;
  if (own & (DEAD | DECIDED) || rounds === undefined) return true;
  // A header that was shut for this round of its loop may still be entered for the next.
  return !isHeader(plan, step) || own >> DEPTH < plan.loops[step.loop!].depth;
}

/** Whether no round of a loop may begin any more: its header is dead, or shut by a join around the loop. */
export function isBarred(plan: Plan, { flags }: Progress, header: number): boolean {
  const own = flags[header];
  return (own & DEAD) !== 0 || ((own & SHUT) !== 0 && own >> DEPTH < plan.loops[plan.steps[header].loop!].depth);
}
