import type { Plan, PlanLoop, PlanStep } from '../plan/plan.js';
import { NOTHING_READY } from '../run/create-progress.js';
import type { Arrival, LoopProgress, Progress, Rounds } from '../run/progress.js';
import { headerFlags, isHeader, keptFlags, QUEUED } from './flags.js';

/** Lets a step run: at once, or, where it is the header of a loop, as the loop allows. */
export function release(plan: Plan, progress: Progress, step: PlanStep, arrivals: Arrival[] | undefined): void {
  const { rounds } = progress;
  if (rounds === undefined || !isHeader(plan, step)) return queue(plan, progress, step);
  const loop = rounds.loops[step.loop!];
  // Only a header that is no join can be entered again.
  if (loop.busy) (loop.entries ??= []).push(arrivals![0]);
  else beginRound(plan, progress, rounds, plan.loops[step.loop!], arrivals);
}

function queue(plan: Plan, progress: Progress, step: PlanStep): void {
  const { id } = step;
  progress.flags[id] |= QUEUED;
  if (progress.ready === NOTHING_READY) progress.ready = [id];
  else progress.ready.push(id);
  if (progress.rounds !== undefined) enliven(plan, progress, progress.rounds, step);
}

/** A visit more counts as alive, in its loop and in all around that. */
function enliven(plan: Plan, progress: Progress, rounds: Rounds, { id, loop, maxVisits }: PlanStep): void {
  const { live, loops } = rounds;
  live[id]++;
  if (progress.started[id] + live[id] > maxVisits && progress.started[id] + waiting(progress, id) > maxVisits)
    rounds.runaway = Math.min(id, rounds.runaway ?? id);
  if (loop !== undefined) loops[loop].alive++;
  for (let at = loop; at !== undefined && !loops[at].busy; at = plan.loops[at].parent) {
    loops[at].busy = true;
    const { parent } = plan.loops[at];
    if (parent !== undefined) loops[parent].alive++;
  }
}

const waiting = ({ ready }: Progress, id: number): number => ready.filter((each) => each === id).length;

/** Visits of a step are no longer alive: they have ended, or were decided against. */
export function endVisits({ live, loops, quiet }: Rounds, { id, loop }: PlanStep, count: number): void {
  live[id] -= count;
  if (loop === undefined) return;
  loops[loop].alive -= count;
  if (loops[loop].alive === 0) quiet.push(loop);
}

/** Drops every live visit of a step that was decided against. */
export function dropVisits(progress: Progress, step: PlanStep): void {
  const { rounds } = progress;
  if (rounds === undefined || rounds.live[step.id] === 0) return;
  progress.ready = progress.ready.filter((id) => id !== step.id);
  endVisits(rounds, step, rounds.live[step.id]);
}

/** Opens a round: everything in the body is as if it had never run, but for the ledger (C.2). */
export function beginRound(
  plan: Plan,
  progress: Progress,
  rounds: Rounds,
  { header, body, depth }: PlanLoop,
  arrivals: Arrival[] | undefined,
): void {
  const { flags } = progress;
  for (const id of body) {
    if (id === header) flags[id] = headerFlags(flags[id], depth);
    else refresh(plan, progress, rounds, plan.steps[id], depth);
  }
  if (arrivals !== undefined || progress.arrivals[header] !== undefined) progress.arrivals[header] = arrivals;
  queue(plan, progress, plan.steps[header]);
}

function refresh(plan: Plan, progress: Progress, rounds: Rounds, step: PlanStep, depth: number): void {
  const { id, from } = step;
  const { arrivals, closed, survived } = progress;
  progress.flags[id] = keptFlags(progress.flags[id], depth);
  progress.open[id] = from.length;
  if (arrivals[id] !== undefined) arrivals[id] = undefined;
  if (closed[id] !== undefined) closed[id] = undefined;
  if (survived[id] !== undefined) survived[id] = undefined;
  if (isHeader(plan, step)) rounds.loops[step.loop!].over = false;
}

/** An arrival along a jump waits until the round is over; of one source the last counts (C.2). */
export function jump({ loops }: Rounds, loop: number, arrival: Arrival): void {
  const own = loops[loop];
  const others = own.jumps?.filter(({ from }) => from !== arrival.from) ?? [];
  own.jumps = [...others, arrival];
}

/** What opens the next round: all pending jumps, the first source in plan order first, or else the next entry. */
export function takeNext(own: LoopProgress): Arrival[] | undefined {
  const { jumps, entries } = own;
  if (jumps !== undefined) {
    own.jumps = undefined;
    return jumps.sort((a, b) => a.from - b.from);
  }
  const next = entries?.shift();
  if (entries?.length === 0) own.entries = undefined;
  return next && [next];
}
