import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { buildProgram } from '../engine/build-program.js';

/** The application as a worker in a process of its own. */
export interface ClusterWorker {
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Stops it as its operator does; resolves to what its listeners have heard. */
  stop(): Promise<readonly string[]>;
}

const alive = new Set<ChildProcess>();

/** Ends those that a test has left, as one that fails does. */
export function killClusterWorkers(): void {
  for (const child of alive) child.kill('SIGKILL');
}

/** Resolves when it takes runs. */
export async function startClusterWorker(databaseUrl: string, voice: string): Promise<ClusterWorker> {
  const program = await buildProgram(new URL('cluster-worker.mts', import.meta.url));
  const args = ['--enable-source-maps', program, databaseUrl];
  const env = { ...process.env, VOICE: voice };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (data: string) => (stderr += data));
  alive.add(child);
  const closed = once(child, 'close').finally(() => alive.delete(child));
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`the worker has ended: ${stderr}`)));
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      if (line === 'ready') resolve();
    });
  });
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    await closed;
    if (stderr) throw new Error(`the worker says: ${stderr}`);
  };
  return {
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM');
      return JSON.parse(lines[1]) as string[];
    },
  };
}
