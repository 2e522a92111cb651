import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../examples/web-chat/main.ts', import.meta.url));

/** The example as its README starts it, in a process of its own. */
export async function startWebChat(env: Readonly<Record<string, string>>) {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OPENAI_|VITEST|NODE_)/.test(key));
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { ...Object.fromEntries(inherited), PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (data: string) => (stderr += data));
  const url = await new Promise<string>((resolve, reject) => {
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      stdout += data;
      const opened = /^Open (.*)$/m.exec(stdout);
      if (opened) resolve(opened[1]);
    });
    void ended.then(() => reject(new Error(`it has ended: ${stderr}`)));
  });
  return {
    url,
    get stderr() {
      return stderr;
    },
    /** As Ctrl-C; resolves to its exit code. */
    async stop(): Promise<number | null> {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
