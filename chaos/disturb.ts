import { setTimeout as sleep } from 'node:timers/promises';
import type { Chaos, ChaosWorker } from './chaos.js';

/** What can be taken away from runs. */
export type Kill = 'workers' | 'postgres' | 'freeze' | 'all';

/** All at once and as often as one alone would leave no run the time that it takes to go on elsewhere. */
const CALMER = 3;

const between = (least: number, most: number): number => least + Math.random() * (most - least);

/** Takes away what runs need, again and again, until it is aborted; resolves when everything is there again. */
export async function disturb(chaos: Chaos, kill: Kill, signal: AbortSignal): Promise<void> {
  const ways = { workers: killWorkers, postgres: restartPostgres, freeze: freezeWorkers };
  const chosen = kill === 'all' ? Object.values(ways) : [ways[kill]];
  await Promise.all(chosen.map((way) => way(chaos, signal, kill === 'all' ? CALMER : 1)));
}

/** Resolves to whether it may go on. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

function oneOf(chaos: Chaos): ChaosWorker | undefined {
  const there = [...chaos.workers].filter(({ ready, frozen, leaving }) => ready && !frozen && !leaving);
  return there[Math.floor(Math.random() * there.length)];
}

async function killWorkers(chaos: Chaos, signal: AbortSignal, slower: number): Promise<void> {
  const replaced: Promise<void>[] = [];
  while (await pause(slower * between(1_000, 3_000), signal)) {
    // Those that are just starting have nothing to lose; that there are others to go on is what is tried here.
    while ([...chaos.workers].filter(({ ready }) => ready).length < 2) if (!(await pause(100, signal))) break;
    const worker = signal.aborted ? undefined : oneOf(chaos);
    if (worker !== undefined) replaced.push(chaos.kill(worker));
  }
  await Promise.all(replaced);
}

async function restartPostgres(chaos: Chaos, signal: AbortSignal, slower: number): Promise<void> {
  for (let crash = false; await pause(slower * between(5_000, 10_000), signal); crash = !crash) {
    chaos.log(crash ? 'PostgreSQL crashes' : 'PostgreSQL restarts');
    if (crash) chaos.crashes.push(Date.now());
    chaos.restartedAt = Date.now();
    await chaos.postgres.restart(crash ? 'immediate' : 'fast');
    chaos.restarts += 1;
    chaos.log('PostgreSQL is back');
  }
}

async function freezeWorkers(chaos: Chaos, signal: AbortSignal, slower: number): Promise<void> {
  const { frozenAfter = 15_000 } = chaos.options.failover ?? {};
  while (await pause(slower * between(1_000, 3_000), signal)) {
    const worker = oneOf(chaos);
    if (worker === undefined) continue;
    worker.frozen = true;
    const at = Date.now();
    worker.child.kill('SIGSTOP');
    const runIds = await chaos.runsOf(worker.pid);
    chaos.losses.push({ pid: worker.pid, at, how: 'frozen', runIds });
    chaos.log(`frozen ${worker.pid}, which had ${runIds.length} runs`);
    await pause(frozenAfter + between(2_000, 4_000), signal);
    worker.child.kill('SIGCONT');
    worker.frozen = false;
    chaos.woken.push({ pid: worker.pid, at: Date.now() });
    chaos.log(`woken ${worker.pid}`);
  }
}
