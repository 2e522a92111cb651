import { checkOptions, refuseOption, type OptionRules, type OptionsOf } from '../../errors/check-options.js';
import { LONGEST_TIME } from '../../plan/longest-time.js';
import { HEARTBEAT } from './failover/worker-presence.js';
import { FROZEN_AFTER } from './failover/reaper.js';
import { checkDatabaseUrl } from './open-database.js';
import { RULE } from './option-rules.js';
import type { FailoverOptions, WorkerOptions } from './worker-options.js';

const time = [
  `milliseconds above 0 and at most ${LONGEST_TIME}`,
  (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= LONGEST_TIME,
] as const;

const RULES: OptionRules<keyof WorkerOptions> = {
  databaseUrl: RULE.known,
  pipelines: RULE.list,
  maxRecoveryAttempts: RULE.count,
  onError: RULE.callable,
  failover: RULE.known,
};
const FAILOVER: OptionRules<keyof FailoverOptions> = { heartbeat: time, frozenAfter: time, lookEvery: time };

/** Throws a `MisuseError` for options that no worker can work with; `more` are those that only this call has. */
export function checkWorkerOptions(
  of: OptionsOf,
  options: Pick<WorkerOptions, 'databaseUrl' | 'failover'>,
  more: OptionRules = {},
): void {
  checkOptions(of, options, { ...RULES, ...more });
  checkDatabaseUrl(of.call, options.databaseUrl);
  const { failover = {} } = options;
  checkOptions({ ...of, within: 'failover' }, failover, FAILOVER);
  const { heartbeat = HEARTBEAT, frozenAfter = FROZEN_AFTER } = failover;
  // One sign of life that comes a little late must end nobody.
  if (frozenAfter < 2 * heartbeat)
    throw refuseOption(
      of,
      `the option failover.frozenAfter (${frozenAfter}) must be at least twice failover.heartbeat (${heartbeat})`,
      'Workers that are alive would end each other. Mend one of the two, in all workers.',
    );
}
