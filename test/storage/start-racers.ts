import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Driver } from '../../src/storage/sqlite/index.js';

const racer = fileURLToPath(new URL('racer.mts', import.meta.url));
const tsx = import.meta.resolve('tsx');

/** Another process at the same file. */
export interface Racer {
  /** Lets it begin. */
  go(): void;
  /** What it has to say when it has ended. */
  readonly said: Promise<unknown>;
  /** Ends it at once, in the middle of whatever it does; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts processes that wait at their start, until all are there. `racer.mts` says what each job does. */
export async function startRacers(count: number, path: string, driver: Driver, job: string): Promise<Racer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => startRacer([path, driver, job, String(index)])));
}

async function startRacer(args: readonly string[]): Promise<Racer> {
  const child = spawn(process.execPath, ['--import', tsx, racer, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (data: string) => (stderr += data));
  const closed = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`the racer has ended too early: ${stderr}`)));
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      stdout += data;
      if (stdout.startsWith('ready\n')) resolve();
    });
  });
  return {
    go: () => child.stdin.end('go\n'),
    said: closed.then(([code]) => {
      if (code !== 0) throw new Error(`the racer has failed: ${stderr}`);
      return JSON.parse(stdout.slice('ready\n'.length)) as unknown;
    }),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
