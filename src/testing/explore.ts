import { checkWhole, invalidTestOption } from './invalid-test-option.js';
import type { Schedule, TimerOrder } from './schedule.js';
import { SeedFailedError } from './seed-failed-error.js';
import { createSeeded, type Seeded } from './seeded.js';

/** How a test is explored. */
export interface ExploreOptions {
  /** How many seeds are tried; 100 by default. */
  readonly runs?: number;
  /** The first of them, the others count up from it; 1 by default, so that a test does the same every time. */
  readonly from?: number;
  /** This seed alone: replays what failed with it. */
  readonly seed?: string;
  /**
   * `due` (the default): of the calls that wait for time, those that are due first happen first, in any order among
   * themselves. `any`: any of them may be the next, the others are then late, as on a busy machine; none is ever early.
   */
  readonly timers?: TimerOrder;
  /** Real milliseconds that one seed may take; 5000 by default. Then it has failed: nothing moves any more. */
  readonly timeout?: number;
}

/** What was explored. */
export interface Explored {
  readonly runs: number;
  /** How many different orders there were among them: 1 says that nothing depended on the seed. */
  readonly orders: number;
}

/**
 * Runs a test under many seeds, one after the other. Each seed decides in which order, and which of them together, steps
 * that have ended are reported, and which timer rings first. Rejects with a `SeedFailedError` that names the first seed
 * under which the test has failed.
 *
 * ```ts
 * await explore({ runs: 200 }, async (seeded) => {
 *   const { result } = await seeded.run(new Rag(), { question: 'Why?' });
 *   expect(result.state.hits).toEqual(['a', 'b']);
 * });
 * ```
 */
export async function explore(options: ExploreOptions, test: (seeded: Seeded) => Promise<unknown>): Promise<Explored> {
  const seeds = seedsOf(options);
  const orders = new Set<string>();
  for (const [place, seed] of seeds.entries()) {
    const tried = await tryOut(seed, options, test);
    orders.add(tried.schedule.decisions.join('\n'));
    if (tried.failure === undefined) continue;
    // Whoever replays one seed sees for himself whether it fails again.
    const again = options.seed === undefined ? await tryOut(seed, options, test) : tried;
    throw seedFailed(seed, `${place + 1} of ${seeds.length}`, tried, again.failure !== undefined);
  }
  return { runs: seeds.length, orders: orders.size };
}

interface Tried {
  readonly schedule: Schedule;
  readonly failure?: { readonly thrown: unknown };
}

function seedsOf({ runs = 100, from = 1, seed, timers = 'due' }: ExploreOptions): readonly string[] {
  checkWhole('explore()', 'runs', runs, 1);
  checkWhole('explore()', 'from', from, 0);
  if (timers !== 'due' && timers !== 'any')
    throw invalidTestOption('explore()', "timers must be 'due' or 'any'", 'Mend timers.');
  if (seed === undefined) return Array.from({ length: runs }, (_, place) => String(from + place));
  if (typeof seed !== 'string' || seed === '')
    throw invalidTestOption('explore()', 'seed must be a string that is not empty', 'Copy it from the error.');
  return [seed];
}

async function tryOut(
  seed: string,
  { timers = 'due', timeout = 5_000 }: ExploreOptions,
  test: (seeded: Seeded) => Promise<unknown>,
): Promise<Tried> {
  const { seeded, schedule } = createSeeded(seed, timers);
  try {
    await inTime(test(seeded), timeout, schedule);
    return { schedule };
  } catch (thrown) {
    return { schedule, failure: { thrown } };
  }
}

// Taken when the module loads: fake timers of a test must not stop it.
const { setTimeout: later, clearTimeout: never } = globalThis;

function inTime(work: Promise<unknown>, timeout: number, schedule: Schedule): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = later(() => reject(new Error(whatHangs(timeout, schedule))), timeout);
    work.then(resolve, reject).finally(() => never(timer));
  });
}

function whatHangs(timeout: number, { inFlight }: Schedule): string {
  const waiting = inFlight.length === 0 ? 'No step is running.' : `Still running: ${inFlight.join(', ')}.`;
  return `The test has not ended within ${timeout} ms. ${waiting}`;
}

const SHOWN = 20;

function seedFailed(seed: string, place: string, { schedule, failure }: Tried, again: boolean): SeedFailedError {
  const { decisions, outside } = schedule;
  const more = decisions.length > SHOWN ? `, … (${decisions.length - SHOWN} more)` : '';
  const reported = `Reported in this order: ${decisions.slice(0, SHOWN).join(', ')}${more}.`;
  const lines = [
    `With the seed "${seed}" (${place}) the test fails: ${beginningOf(failure!.thrown)}`,
    decisions.length === 0 ? 'It decided nothing.' : reported,
    ...(again ? [] : ['Tried again with this seed it did not fail, so something else decides too.']),
    ...(outside.size > 0 ? [`The real outside has ended: ${[...outside].join(', ')}.`] : []),
  ];
  const replay = `Replay it: explore({ seed: '${seed}' }, …).`;
  const remedy = again ? replay : `${replay} Stand in for what waits for real timers, the network, or Math.random().`;
  return new SeedFailedError({ message: lines.join('\n'), remedy, cause: failure!.thrown }, seed, decisions);
}

/** Its first line, or as many as end with a colon and the one behind them: those say nothing alone. */
function beginningOf(thrown: unknown): string {
  const lines = (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)).split('\n');
  const last = lines.findIndex((line) => line.trim() !== '' && !line.endsWith(':'));
  return lines.slice(0, Math.max(last, 0) + 1).join('\n');
}
