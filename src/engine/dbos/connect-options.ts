import { checkOptions } from '../../errors/check-options.js';
import { checkDatabaseUrl } from './open-database.js';
import { RULE } from './option-rules.js';

/** Where the workers are. */
export interface ConnectOptions {
  /** Of the workers' PostgreSQL database: `postgres://user:password@host/database`. */
  readonly databaseUrl: string;
  /** Told of what goes wrong beside the runs, and is tried again. Nobody by default. */
  readonly onError?: (error: unknown) => void;
}

/** Throws a `MisuseError` for options that nobody can connect with. */
export function checkConnect(options: ConnectOptions): void {
  checkOptions({ code: 'INVALID_ENGINE_OPTION', call: 'connect()' }, options, {
    databaseUrl: RULE.known,
    onError: RULE.callable,
  });
  checkDatabaseUrl('connect()', options.databaseUrl);
}
