import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';

/** Who a command runs as; empty: as ourselves. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

const exec = promisify(execFile);

/** Runs a command to its end; what it says on stderr becomes the error. */
export async function run(command: string, args: readonly string[], as: Identity): Promise<string> {
  // Ignored, not piped: a server that pg_ctl starts would hold the pipe open for ever.
  if (!command.endsWith('pg_ctl')) return (await exec(command, args, { ...as, cwd: '/' })).stdout;
  const child = spawn(command, args, { ...as, cwd: '/', stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${command} has ended with ${code}`);
  return '';
}

export async function userOf(name: string): Promise<number> {
  return Number(await run('id', ['-u', name], {}));
}

export async function groupOf(name: string): Promise<number> {
  return Number(await run('id', ['-g', name], {}));
}

/** Lets a shell wait until this process ends, by whatever means (its stdin closes then), or `stop` is called, and then run the script. */
export function spawnWatch(as: Identity, script: string, args: readonly string[]): { stop(): Promise<void> } {
  // In a process group of its own: what kills ours must not kill it.
  const child = spawn('/bin/sh', ['-c', `cat > /dev/null; ${script}`, 'watch', ...args], {
    ...as,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const closed = once(child, 'close');
  child.unref();
  (child.stdin as Socket).unref();
  return {
    async stop() {
      child.ref();
      child.stdin.end();
      await closed;
    },
  };
}
