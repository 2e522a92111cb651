import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line that a process says. */
export type Line = { readonly what: string } & Readonly<Record<string, unknown>>;

/** A program in a process of its own. */
export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it says on stderr. */
  readonly stderr: () => string;
  /** Resolves when it has ended, to how. */
  readonly closed: Promise<number | string>;
}

/** Starts a program with its settings; everything that it says on stdout is one JSON object a line. */
export function processOf(file: string, settings: object, onLine: (line: Line) => void): Program {
  const child = spawn(process.execPath, ['--enable-source-maps', file, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (data: string) => (stderr += data));
  createInterface(child.stdout).on('line', (line) => onLine(JSON.parse(line) as Line));
  const closed = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return { child, pid: child.pid!, stderr: () => stderr, closed };
}
