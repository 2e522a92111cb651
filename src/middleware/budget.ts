import type { Middleware, MiddlewareRun } from '../../decorators/middleware.js';
import { BudgetExceededError } from '../errors/budget-exceeded-error.js';
import { MisuseError } from '../errors/misuse-error.js';

/** What one run may use; at least one of the three. */
export interface BudgetLimits {
  /** Model tokens, input and output together, as the steps report them with `usage()`. */
  readonly tokens?: number;
  /** Attempts of steps that begin, retries and sub-pipelines included. */
  readonly steps?: number;
  /** Milliseconds since the first step has begun. */
  readonly time?: number;
}

/**
 * A middleware that bounds what each run uses: over it the run fails at once with a `BudgetExceededError`, which no
 * retry, handler or any-join takes. Give it to the class; one budget serves any number of runs, each has it for itself.
 * Throws a `MisuseError` for limits that are none.
 */
export function budget(limits: BudgetLimits): Middleware {
  check(limits);
  /** The runs that end by themselves when their budget is used up. */
  const watched = new WeakSet<MiddlewareRun>();
  return ({ run }, next) => {
    const exceeded = findExceeded(run, limits);
    if (exceeded) throw exceeded;
    if (!watched.has(run)) {
      watched.add(run);
      watch(run, limits);
    }
    return next();
  };
}

function findExceeded(run: MiddlewareRun, { tokens, steps, time }: BudgetLimits): BudgetExceededError | undefined {
  if (steps !== undefined && run.steps > steps) return new BudgetExceededError('steps', steps, run.steps);
  if (tokens !== undefined) {
    const { input, output } = run.usage;
    if (input + output > tokens) return new BudgetExceededError('tokens', tokens, input + output);
  }
  const elapsed = run.now() - run.startedAt;
  return time !== undefined && elapsed >= time ? new BudgetExceededError('time', time, elapsed) : undefined;
}

/** Also while steps run: what they report, and the clock. */
function watch(run: MiddlewareRun, limits: BudgetLimits): void {
  const look = (): void => {
    const exceeded = findExceeded(run, limits);
    if (exceeded) run.fail(exceeded);
  };
  if (limits.tokens !== undefined) run.onUsage(look);
  if (limits.time !== undefined) waitForTime(run, limits.time, look);
}

/** A timer may ring early, and none can be set for longer than 24 days. */
function waitForTime(run: MiddlewareRun, time: number, look: () => void): void {
  const left = run.startedAt + time - run.now();
  if (left <= 0) return look();
  run.after(Math.ceil(left), () => waitForTime(run, time, look));
}

const NAMES = ['tokens', 'steps', 'time'] as const;

function check(limits: BudgetLimits): void {
  const given: Readonly<Record<string, unknown>> = { ...limits };
  const used = NAMES.filter((name) => given[name] !== undefined);
  const unknown = Object.keys(given).find((name) => !(NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) throw refuse(`doesn't know the limit "${unknown}"`);
  if (used.length === 0) throw refuse('needs a limit');
  const wrong = used.find((name) => !(typeof given[name] === 'number' && given[name] > 0 && given[name] < Infinity));
  if (wrong !== undefined) throw refuse(`needs a number above 0 as ${wrong}`);
}

const refuse = (what: string): MisuseError =>
  new MisuseError({
    code: 'INVALID_BUDGET',
    message: `budget() ${what}.`,
    remedy: 'Write budget({ tokens: 50_000, steps: 100, time: 60_000 }), or some of these.',
  });
