/** How much the server computes, where it is on this machine. */
import { readdirSync, readFileSync } from 'node:fs';

/** Of a process: its parent, and its ticks with those of its children that have ended. A tick is 10 ms on Linux. */
function read(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    const [own, ended] = [Number(fields[11]) + Number(fields[12]), Number(fields[13]) + Number(fields[14])];
    return { parent: Number(fields[1]), own, ended };
  } catch {
    return undefined; // it has ended meanwhile
  }
}

/** Milliseconds of CPU of the server with this data so far; undefined where that can't be known. */
export function serverCpu(data) {
  let postmaster;
  try {
    postmaster = Number(readFileSync(`${data}/postmaster.pid`, 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
  const { own, ended } = read(postmaster);
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => read(pid) ?? [])
    .filter(({ parent }) => parent === postmaster);
  return 10 * children.reduce((sum, child) => sum + child.own, own + ended);
}
