import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { buildProgram } from './build-program.js';

/** What `failover-worker.mts` is to do. */
export interface WorkerSettings {
  readonly url: string;
  readonly id: string;
  readonly queues: readonly string[];
  readonly heartbeatMs?: number;
  readonly intervalMs?: number;
  readonly frozenAfterMs?: number;
  readonly settleMs?: number;
  /** As if DBOS's own recovery could not be reached. */
  readonly publicOnly?: boolean;
}

/** What a worker said. */
export interface Said {
  readonly what: 'ready' | 'recovered' | 'error' | 'closed';
  readonly at: number;
  readonly executorId?: string;
  readonly runs?: number;
  readonly error?: string;
  readonly losses?: number;
}

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly id: string;
  readonly said: Said[];
  /** Sends a signal. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends it at once, and resolves when it is gone. */
  kill(): Promise<void>;
  /** Lets it say goodbye. */
  close(): Promise<void>;
  /** Resolves when it has ended. */
  readonly closed: Promise<unknown>;
}

/** Starts a worker; resolves when it takes runs. */
export async function startWorkerProcess(settings: WorkerSettings): Promise<WorkerProcess> {
  const program = await buildProgram(new URL('failover-worker.mts', import.meta.url));
  const args = ['--enable-source-maps', program, JSON.stringify(settings)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Said[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (data: string) => (stderr += data));
  const closed = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`the worker has ended too early: ${stderr}`)));
    createInterface(child.stdout).on('line', (line) => {
      const one = JSON.parse(line) as Said;
      said.push(one);
      if (one.what === 'ready') resolve();
    });
  });
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      // A stopped process heeds only SIGKILL.
      if (signal === 'SIGTERM') child.kill('SIGCONT');
    }
    await closed;
    if (stderr) throw new Error(`the worker ${settings.id} says: ${stderr}`);
  };
  return {
    id: settings.id,
    said,
    closed,
    signal: (signal) => child.kill(signal),
    kill: () => end('SIGKILL'),
    close: () => end('SIGTERM'),
  };
}
