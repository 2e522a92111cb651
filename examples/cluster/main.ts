import { connect } from 'stepstream/engine/dbos';
import { ClusterServer } from './server.js';
import { startDatabase } from './start-database.js';
import { Workers } from './workers.js';

const database = await startDatabase();
const workers = new Workers(database.url);
await Promise.all([workers.start('Ada'), workers.start('Grace')]);
const client = await connect({ databaseUrl: database.url });
const server = new ClusterServer(client, workers);
console.log(`Open ${await server.listen(Number(process.env.PORT || 3000))}`);
console.log('Two workers answer. Kill one in the middle of an answer.');

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());

async function stop(): Promise<void> {
  await server.close();
  await workers.stop();
  await client.close();
  await database.stop();
}
