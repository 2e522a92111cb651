import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Where the database is, and how to let go of it. */
export interface Database {
  readonly url: string;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('./database.ts', import.meta.url));

/** The database of DATABASE_URL, or one of our own. */
export async function startDatabase(): Promise<Database> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL) return { url: DATABASE_URL, stop: async () => undefined };
  // In a group of its own: Ctrl-C must not end it before the workers.
  const child = fork(program, { detached: true, execArgv: ['--import', 'tsx'] });
  const [{ url, error }] = (await once(child, 'message')) as [{ url?: string; error?: string }];
  if (url === undefined) throw new Error(`PostgreSQL does not start: ${error}`);
  return {
    url,
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
