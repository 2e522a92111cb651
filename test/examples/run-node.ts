import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface RunNodeOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Is told each line of stdout as it comes, and can send a signal. */
  readonly onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** What a program has said, and how it has ended. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | NodeJS.Signals | null;
}

/** Runs Node.js at the root of the repository, in a process of its own without anybody's keys. */
export async function runNode(args: readonly string[], { env = {}, onLine }: RunNodeOptions = {}): Promise<Said> {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OPENAI_|VITEST|NODE_|TEST|FORCE_)/.test(key));
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env },
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
  const code = await new Promise<Said['code']>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve(signal ?? exit));
  });
  return { stdout, stderr, code };
}
