// Starts a PostgreSQL, says where it is, and waits to be killed: see start-postgres.test.ts.
import { Client } from 'pg';
import { startPostgres } from './start-postgres.js';

const { url } = await startPostgres();
const client = new Client({ connectionString: url });
await client.connect();
const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
console.log(JSON.stringify({ url, data: rows[0]!.data_directory }));
setInterval(() => undefined, 60_000);
