import type { OptionsOf } from '../../errors/check-options.js';
import { checkWorkerOptions } from './check-worker-options.js';
import type { DbosOptions } from './dbos-options.js';
import { RULE } from './option-rules.js';

const ROLES = ['worker', 'web', 'both'];
const OF: OptionsOf = { code: 'INVALID_ENGINE_OPTION', call: 'dbos()' };

/** Throws a `MisuseError` for options that no engine can begin with. */
export function checkDbosOptions(options: DbosOptions): DbosOptions {
  const role = [`one of ${ROLES.join(', ')}`, (value: unknown) => ROLES.includes(value as string)] as const;
  checkWorkerOptions(OF, options, { role, pipelines: ['a list of classes', RULE.list[1]] });
  return options;
}
