import { DBOS } from '@dbos-inc/dbos-sdk';
import { Pool } from 'pg';
import { launchDbos } from '../../../src/engine/dbos/launch-dbos.js';
import { APPLICATION, VERSION } from '../../../src/engine/dbos/names.js';
import { SILENT_LOGGER } from '../../../src/engine/dbos/silent-logger.js';
import { createSchema } from '../../../src/engine/postgres/schema.js';

/** Makes all tables, ours and those of DBOS, as the first worker on a database does. */
export async function makeTables(databaseUrl: string): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  await createSchema(pool);
  await pool.end();
  await launchDbos(databaseUrl, {
    ...{ name: APPLICATION, applicationVersion: VERSION, systemDatabaseUrl: databaseUrl, executorID: 'first' },
    ...{ listenQueues: [], logger: SILENT_LOGGER },
  });
  await DBOS.shutdown();
}
