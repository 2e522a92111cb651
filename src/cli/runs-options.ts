import type { Parsed } from './parse-options.js';

/** The options of all that is done with stored runs. */
export const RUNS_OPTIONS = {
  store: 'string',
  pipeline: 'string',
  status: 'string',
  limit: 'string',
  before: 'string',
  keep: 'string',
  'include-suspended': 'boolean',
  'include-running': 'boolean',
  json: 'boolean',
} as const;

/** What was said of them. */
export type RunsOptions = Parsed<typeof RUNS_OPTIONS>['options'];
