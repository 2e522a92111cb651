import type { RunEngine } from '../../ports/run-engine.js';
import { checkDbosOptions } from './check-dbos-options.js';
import { DbosEngine } from './dbos-engine.js';
import type { DbosOptions } from './dbos-options.js';

/** Workers on PostgreSQL for an application: give it to `PipelineModule.forRoot({ engine })`, which starts and closes it. */
export function dbos(options: DbosOptions): RunEngine {
  return new DbosEngine(checkDbosOptions(options));
}
