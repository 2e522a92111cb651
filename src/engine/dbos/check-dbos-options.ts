import { MisuseError } from '../../errors/misuse-error.js';
import type { DbosOptions } from './dbos-options.js';

const ROLES = ['worker', 'web', 'both'];

/** Throws a `MisuseError` for options that no engine can begin with. */
export function checkDbosOptions(options: DbosOptions): DbosOptions {
  const { databaseUrl, role = 'both', pipelines = [] } = options;
  if (typeof databaseUrl !== 'string' || databaseUrl === '')
    throw refuse('the option databaseUrl must be the URL of a PostgreSQL database');
  if (!ROLES.includes(role)) throw refuse(`the option role must be one of ${ROLES.join(', ')}`);
  if (!Array.isArray(pipelines)) throw refuse('the option pipelines must be a list of classes');
  return options;
}

const refuse = (what: string): MisuseError =>
  new MisuseError({ code: 'INVALID_PIPELINE_MODULE', message: `dbos(): ${what}.`, remedy: 'Mend the option.' });
