import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerInfo } from '../../../examples/cluster/workers.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The example as its command starts it, in processes of its own. */
export async function startCluster() {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(VITEST|NODE_)/.test(key));
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/cluster/main.ts'], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const said = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (data: string) => (said.stderr += data));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      said.stdout += data;
      const opened = /^Open (.*)$/m.exec(said.stdout);
      if (opened) resolve(opened[1]);
    });
    void ended.then(() => reject(new Error(`it has ended: ${said.stderr}`)));
  });
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    return (await ended)[0];
  };
  return {
    url,
    said,
    workers: async () => (await (await fetch(`${url}/workers`)).json()) as WorkerInfo[],
    kill: async (name: string) => (await fetch(`${url}/workers/${name}`, { method: 'DELETE' })).status,
    ask: (question: unknown, signal?: AbortSignal) =>
      fetch(`${url}/chat`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ question }),
        ...(signal && { signal }),
      }),
    /** As Ctrl-C; resolves to its exit code. */
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

export type Cluster = Awaited<ReturnType<typeof startCluster>>;
