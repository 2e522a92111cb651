import type { Plan } from '../plan/plan.js';
import type { Decision, Progress, Rounds } from './progress.js';

/** Shared and never written: most outcomes make nothing, or one step, ready … */
export const NOTHING_READY: number[] = [];
/** … and decide no join. */
export const UNDECIDED: Decision[] = [];

/** The progress of a run that has not begun. */
export function createProgress(plan: Plan): Progress {
  const { steps } = plan;
  const size = steps.length;
  return {
    open: steps.map((step) => step.from.length),
    flags: new Array<number>(size).fill(0),
    visits: new Array<undefined>(size).fill(undefined),
    started: new Array<number>(size).fill(0),
    arrivals: [],
    closed: [],
    causes: [],
    survived: [],
    rounds: plan.loops.length === 0 ? undefined : createRounds(plan),
    ready: NOTHING_READY,
    decided: UNDECIDED,
    stopped: false,
  };
}

const createRounds = ({ loops, steps }: Plan): Rounds => ({
  loops: loops.map(() => ({ alive: 0, busy: false, over: false, jumps: undefined, entries: undefined })),
  live: new Array<number>(steps.length).fill(0),
  quiet: [],
  idle: [],
  runaway: undefined,
});
