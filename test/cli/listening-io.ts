import type { EndSignal, Io, Output } from '../../src/cli/io.js';
import { commandLine } from '../../src/cli/command-line.js';

/** What a test says of the terminal and the process that it plays. */
export interface Played {
  readonly cwd: string;
  readonly stdoutIsTTY?: boolean;
  readonly stderrIsTTY?: boolean;
  readonly columns?: number;
  readonly nodeVersion?: string;
  readonly now?: () => number;
  /** Is given everything that is written to either stream, as a terminal is. */
  readonly onWrite?: (text: string) => void;
  /** Is told all of stdout whenever more comes. */
  readonly onStdout?: (stdout: string, signal: (signal: EndSignal) => void) => void;
}

/** What a command has said to the io of a test, and its exit code. */
export interface Heard {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  /** How many listeners to signals it has left behind. */
  readonly listeners: number;
}

/** Runs a command in this process. */
export async function hear(args: readonly string[], played: Played): Promise<Heard> {
  const said = { stdout: '', stderr: '' };
  const listeners = new Set<(signal: EndSignal) => void>();
  const signal = (name: EndSignal): void => [...listeners].forEach((listener) => listener(name));
  const output = (stream: 'stdout' | 'stderr', isTTY: boolean | undefined): Output => ({
    isTTY,
    columns: isTTY ? (played.columns ?? 80) : undefined,
    write(text) {
      said[stream] += text;
      played.onWrite?.(text);
      if (stream === 'stdout') played.onStdout?.(said.stdout, signal);
    },
  });
  const io: Io = {
    stdout: output('stdout', played.stdoutIsTTY),
    stderr: output('stderr', played.stderrIsTTY),
    cwd: played.cwd,
    nodeVersion: played.nodeVersion ?? '20.19.0',
    now: played.now ?? (() => Date.now()),
    onSignal(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onForeignWrite: () => () => undefined,
  };
  const code = await commandLine(args, io);
  return { ...said, code, listeners: listeners.size };
}
