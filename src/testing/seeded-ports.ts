import type { Ports } from '../ports/ports.js';
import type { Schedule } from './schedule.js';
import { randomOf } from './seeded-random.js';

/** What all runs of one test under one seed ask of the outside: nothing of it is left to chance. */
export function createSeededPorts(seed: string, schedule: Schedule): Ports {
  let ids = 0;
  return {
    clock: schedule,
    engine: () => schedule.engine(),
    random: randomOf(`jitter ${seed}`),
    newId: () => `seed-${seed}-run-${++ids}`,
  };
}
