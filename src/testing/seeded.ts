import type { AnyPipeline, StateOf } from '../../decorators/context.js';
import { PORTS, type Ports } from '../ports/ports.js';
import type { RunOptions } from '../executor/run-options.js';
import { Schedule, type TimerOrder } from './schedule.js';
import { createSeededPorts } from './seeded-ports.js';
import { oneOf, randomOf, type Random } from './seeded-random.js';
import type { TestClock } from './test-clock.js';
import { testRun, type TestRun, type TestRunOptions, type WithTestOptions } from './test-run.js';

/** One test under one seed. */
export class Seeded {
  readonly seed: string;
  /** The time of these runs: it passes by itself as soon as nothing else can happen. */
  readonly clock: TestClock;
  /** Numbers from 0 to below 1 that follow from the seed, for what the test itself decides. */
  readonly random: Random;
  readonly #ports: Ports;

  constructor(seed: string, schedule: Schedule) {
    this.seed = seed;
    this.clock = schedule;
    this.random = randomOf(`test ${seed}`);
    this.#ports = createSeededPorts(seed, schedule);
  }

  /** One of the items, by the seed. */
  pick<T>(items: readonly T[]): T {
    return oneOf(items, this.random);
  }

  /** Puts a run under the seed: `bot.run(state, { ...seeded.options })`. */
  get options(): RunOptions<never> {
    return { [PORTS]: this.#ports } as RunOptions<never>;
  }

  /** As `testRun`, under the seed. */
  run<P extends AnyPipeline>(
    pipeline: P,
    state: NoInfer<StateOf<P>>,
    ...[options]: WithTestOptions<P>
  ): Promise<TestRun<P>> {
    const given = { ...options, ...this.options } as TestRunOptions<P>;
    return testRun<P>(pipeline, state, ...([given] as unknown as WithTestOptions<P>));
  }
}

/** A test under a seed, with what decides in it. */
export function createSeeded(
  seed: string,
  order: TimerOrder,
): { readonly seeded: Seeded; readonly schedule: Schedule } {
  const schedule = new Schedule(seed, order);
  return { seeded: new Seeded(seed, schedule), schedule };
}
