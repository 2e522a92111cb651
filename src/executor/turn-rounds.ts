import type { Plan, PlanLoop } from '../plan/plan.js';
import type { Progress, Rounds } from '../run/progress.js';
import { close, settle } from './edges.js';
import { DECIDED, isBarred } from './flags.js';
import { beginRound, takeNext } from './rounds.js';

/** Where nothing of a round is alive any more its loop goes on or is over, from the inside out (C.2, C.3). */
export function turnRounds(plan: Plan, progress: Progress, rounds: Rounds): void {
  const { quiet, loops } = rounds;
  while (quiet.length > 0) {
    // A loop stands before those inside it.
    const innermost = Math.max(...quiet);
    quiet.splice(quiet.indexOf(innermost), 1);
    if (loops[innermost].alive === 0) turn(plan, progress, rounds, plan.loops[innermost]);
  }
}

function turn(plan: Plan, progress: Progress, rounds: Rounds, loop: PlanLoop): void {
  const own = rounds.loops[loop.id];
  const barred = isBarred(plan, progress, loop.header);
  if (barred) own.jumps = own.entries = undefined;
  const next = takeNext(own);
  if (next !== undefined) return beginRound(plan, progress, rounds, loop, next);
  const entered = progress.open[loop.header] === 0 || (progress.flags[loop.header] & DECIDED) !== 0;
  if (!own.over && (barred || entered)) {
    own.over = true;
    close(
      plan,
      progress,
      loop.exits.map(([, to]) => to),
      loop.exits.map(([from]) => from),
    );
    settle(plan, progress);
  }
  if (!own.busy) return;
  own.busy = false;
  if (loop.parent === undefined) return;
  const around = rounds.loops[loop.parent];
  around.alive--;
  if (around.alive === 0) rounds.quiet.push(loop.parent);
}
