import { MisuseError } from '../../errors/misuse-error.js';
import { toPlain } from '../../state/plain.js';
import { checkStart } from './check-calls.js';
import type { KnownSchedule, Schedule } from './schedule.js';
import type { ServedPipeline } from './served-pipeline.js';

const OPTIONS = ['cron', 'timezone', 'state', 'name', 'context', 'partition', 'priority', 'timeout'];
/** A run's id has 128 characters at most, of which a time takes 25. */
const LONGEST = 100;

/** What of DBOS's inside says whether it understands a cron, if it is there. */
interface Internals {
  readonly validateCrontab?: (cron: string) => void;
}

const GONE = new Set(['ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/**
 * The schedules of a worker. Throws a `MisuseError` for one that can't be kept, before any run is taken; should DBOS's own
 * check be out of reach, a wrong cron is found when the schedule is given to it.
 */
export async function checkSchedules(
  served: readonly ServedPipeline[],
  load: () => Promise<Internals> = () => import('@dbos-inc/dbos-sdk/internal/scheduler/crontab'),
): Promise<readonly KnownSchedule[]> {
  const all = served.flatMap((one) => toKnown(one));
  if (all.length === 0) return all;
  const { validateCrontab } = await load().catch((error: unknown): Internals => {
    if (GONE.has((error as { code?: string }).code ?? '')) return {};
    throw error;
  });
  for (const { pipeline, schedule } of all) {
    try {
      countFields(schedule.cron);
      validateCrontab?.(schedule.cron);
    } catch (error) {
      throw wrongCron(pipeline, schedule.cron, error);
    }
  }
  return all;
}

function countFields(cron: string): void {
  const { length } = cron.trim().split(/\s+/);
  if (length !== 5 && length !== 6 && !cron.trim().startsWith('@'))
    throw new Error('it has neither five nor six fields');
}

/** A cron that DBOS does not understand. */
export const wrongCron = (pipeline: string, cron: string, cause: unknown): MisuseError =>
  refuse(
    pipeline,
    `the cron "${cron}" can't be understood: ${cause instanceof Error ? cause.message : String(cause)}`,
    'Write five fields, from minute to day of the week, or six that begin with the second: 0 3 * * 1-5.',
  );

function toKnown({ name: pipeline, fingerprint, schedules = [] }: ServedPipeline): readonly KnownSchedule[] {
  if (!Array.isArray(schedules)) throw refuse(pipeline, 'the option schedules must be a list', 'Mend the option.');
  const known = (schedules as readonly Schedule[]).map((schedule) => {
    check(pipeline, schedule);
    const key = `${pipeline}/${schedule.name ?? 'schedule'}`;
    if (key.length > LONGEST || key.includes('#'))
      throw refuse(pipeline, `"${key}" is part of the ids of its runs: at most ${LONGEST} characters without #`);
    return { pipeline, fingerprint, key, queue: `${key}@schedule`, schedule };
  });
  const twice = known.find(({ key }, place) => known.findIndex((one) => one.key === key) !== place);
  if (twice === undefined) return known;
  throw refuse(pipeline, `two schedules have the name "${twice.schedule.name ?? 'schedule'}"`, 'Give each a name.');
}

function check(pipeline: string, schedule: Schedule): void {
  if (typeof schedule !== 'object' || schedule === null) throw refuse(pipeline, 'a schedule must be an object');
  const unknown = Object.keys(schedule).find((option) => !OPTIONS.includes(option));
  if (unknown !== undefined)
    throw refuse(pipeline, `a schedule has no option "${unknown}"`, `The options are: ${OPTIONS.join(', ')}.`);
  const { cron, timezone, state, name, ...options } = schedule;
  if (typeof cron !== 'string') throw refuse(pipeline, 'the cron of a schedule must be a string');
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw refuse(pipeline, 'the name of a schedule must be a string');
  if (timezone !== undefined && !isTimezone(timezone))
    throw refuse(pipeline, `there is no time zone "${String(timezone)}"`, 'Write the name of one: Europe/Berlin.');
  checkStart(pipeline, typeof state === 'function' ? {} : state, options);
  // What can't be kept is found now, and not at three in the morning.
  if (typeof state !== 'function') toPlain(state, 'state');
  toPlain(options.context, 'context');
}

function isTimezone(timezone: unknown): boolean {
  try {
    return typeof timezone === 'string' && new Intl.DateTimeFormat('en', { timeZone: timezone }) !== undefined;
  } catch {
    return false;
  }
}

const refuse = (pipeline: string, what: string, remedy = 'Mend the schedule.'): MisuseError =>
  new MisuseError({ code: 'INVALID_SCHEDULE', message: `${pipeline}: startWorker(): ${what}.`, remedy });
