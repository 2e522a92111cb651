import type { Ports } from '../ports/ports.js';
import type { Schedule } from './schedule.js';
import { randomOf, type Random } from './seeded-random.js';

/** What runs under a seed ask of the outside: nothing of it is left to chance. */
export interface SeededPorts extends Ports {
  /** For the jitter of delays. */
  readonly random: Random;
  /** For the ids of runs. */
  readonly newId: () => string;
}

/** The ports of all runs of one test under one seed. */
export function createSeededPorts(seed: string, schedule: Schedule): SeededPorts {
  let ids = 0;
  return {
    clock: schedule,
    engine: () => schedule.engine(),
    random: randomOf(`jitter ${seed}`),
    newId: () => `seed-${seed}-run-${++ids}`,
  };
}
