import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { buildProgram } from './build-program.js';

export interface ForkedWriter {
  readonly child: ChildProcess;
  /** Resolves when everything is stored. */
  readonly written: Promise<void>;
}

export interface WriterWork {
  readonly count: number;
  /** How many characters an event has at least. */
  readonly size?: number;
  readonly atOnce?: number;
  readonly every?: number;
}

/** Starts a process that writes events of a run; resolves when it has taken the run. */
export async function forkWriter(databaseUrl: string, runId: string, work: WriterWork): Promise<ForkedWriter> {
  const { count, size = 0, atOnce = 1, every = 2 } = work;
  const args = [databaseUrl, runId, ...[count, size, atOnce, every].map(String)];
  const program = await buildProgram(new URL('bus-writer.mts', import.meta.url));
  const child = fork(program, args, { execArgv: ['--enable-source-maps'] });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`The writer has ended before it had written: ${code ?? signal}`);
  });
  const told = Promise.race([once(child, 'message'), ended]);
  await told;
  const written = Promise.race([once(child, 'message'), ended]).then(() => undefined);
  written.catch(() => undefined);
  return { child, written };
}
