import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Elsewhere } from './elsewhere.mjs';
import type { Played } from './play.js';

const script = fileURLToPath(new URL('elsewhere.mts', import.meta.url));
const tsx = import.meta.resolve('tsx');

/** Ends suspended runs in a process that has never seen them. */
export function playElsewhere(runs: readonly Elsewhere[]): Promise<Played[]> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 1 << 30 };
    const child = execFile(process.execPath, ['--import', tsx, script], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`the other process has failed: ${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout) as Played[]);
    });
    child.stdin!.end(JSON.stringify(runs));
  });
}
