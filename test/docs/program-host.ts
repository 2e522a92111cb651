import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

/** What a program has said, and how it has ended. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | NodeJS.Signals | null;
}

/** So many turns of the event loop without anything to wait for end a program. */
const IDLE_TURNS = 3;

/** How much keeps this process alive. */
const alive = (): number => process.getActiveResourcesInfo().length;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

// Node.js opens them when they are first asked for.
const streams = [
  { name: 'stdout', stream: process.stdout },
  { name: 'stderr', stream: process.stderr },
] as const;
await turn();
const before = alive();

/** Waits until nothing keeps the process alive but what did before. */
async function drained(): Promise<void> {
  for (let idle = 0; idle < IDLE_TURNS;) {
    idle = alive() > before ? 0 : idle + 1;
    // Whoever waits for time need not be watched at every turn.
    await (idle > 0 ? turn() : sleep(1));
  }
}

/** Runs a program as a process of its own would, and says as that would what it has not caught. */
async function runHere(path: string): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  let code: number | undefined;
  const fail = (error: unknown): void => {
    if (code === undefined) said.stderr += `${inspect(error)}\n`;
    // Here what is left of it goes on to its end; nobody would hear that of a process.
    code ??= 1;
  };
  for (const { name, stream } of streams)
    stream.write = (text) => {
      if (code === undefined) said[name] += String(text);
      return true;
    };
  process.on('uncaughtException', fail);
  let loaded = false;
  void import(pathToFileURL(path).href).catch(fail).finally(() => (loaded = true));
  await drained();
  process.off('uncaughtException', fail);
  const { exitCode } = process;
  process.exitCode = undefined;
  // What Node.js says of a program that still waits at its top level.
  return { ...said, code: code ?? (loaded ? Number(exitCode ?? 0) : 13) };
}

// Several programs, one after the other, share what costs most: a process, and the library in it.
for (const path of process.argv.slice(2)) process.send!(await runHere(path));
