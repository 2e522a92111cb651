import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Finish } from './approval.js';

const script = fileURLToPath(new URL('race.mts', import.meta.url));
const tsx = import.meta.resolve('tsx');

/** So many processes at one SQLite file, each of which resumes so many times; none begins before all are there. */
export async function startRace(path: string, driver: string, processes: number, each: number): Promise<Finish[]> {
  const racers = Array.from({ length: processes }, (_, name) =>
    spawn(process.execPath, ['--import', tsx, script, path, driver, String(name), String(each)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  await Promise.all(racers.map(isReady));
  const said = racers.map(({ stdout }) => text(stdout));
  for (const { stdin } of racers) stdin.end('go\n');
  return (await Promise.all(said)).flatMap((finishes) => JSON.parse(finishes) as Finish[]);
}

/** Waits for its first line, which is all that it says before the race. */
function isReady(racer: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    racer.stdout!.once('readable', () => resolve(racer.stdout!.read()));
    racer.once('close', () => reject(new Error('A racer has ended before the race.')));
  });
}
