import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ExampleOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Is told each line of stdout as it comes, and can send a signal. */
  readonly onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs an example's main as its users do, in a process of its own without anybody's keys. */
export async function runExample(name: string, { args = [], env = {}, onLine }: ExampleOptions = {}) {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OPENAI_|VITEST|NODE_|TEST)/.test(key));
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/${name}/main.ts`, ...args], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    const lines = stdout.slice(stdout.lastIndexOf('\n') + 1) + data;
    stdout += data;
    for (const line of lines.split('\n').slice(0, -1)) onLine?.(line, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding('utf8').on('data', (data: string) => (stderr += data));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve(signal ?? exit));
  });
  return { stdout, stderr, code };
}
