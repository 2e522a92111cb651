import { describe, expect, it } from 'vitest';
import { compile } from '../../src/plan/compile.js';
import { buildPipeline, type StepSpec } from '../support/build-class.js';

describe('a huge class', () => {
  const COUNT = 10_000;
  const name = (index: number): string => `s${index}`;
  /** Generous, and in time of the processor, for the machine may be busy; what is quadratic takes ten times as long. */
  const within = (milliseconds: number, steps: readonly StepSpec[]) => {
    const built = buildPipeline({ steps });
    const start = process.cpuUsage();
    const { plan } = compile(built);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1_000).toBeLessThan(milliseconds);
    return plan;
  };
  const chain = (last: StepSpec): StepSpec[] => [
    ...Array.from({ length: COUNT - 1 }, (_, index) => ({
      name: name(index),
      to: index === COUNT - 2 ? last.name : name(index + 1),
    })),
    last,
  ];

  it('compiles as a chain of 10,000 steps, declared in either direction', () => {
    const forward = within(2_000, chain({ name: 'last' }));
    expect(forward.steps.at(-1)).toMatchObject({ name: 'last', id: COUNT - 1, from: [COUNT - 2] });
    const backward = within(2_000, chain({ name: 'last' }).reverse());
    expect(backward.steps.map((step) => step.name)).toEqual(forward.steps.map((step) => step.name));
    expect(backward.fingerprint).toBe(forward.fingerprint);
  });

  it('compiles as a chain into an any-join', () => {
    const plan = within(2_000, chain({ name: 'last', join: 'any' }));
    expect(plan.steps[0].survivor).toBe(COUNT - 1);
    expect(plan.steps.at(-1)!.losers).toHaveLength(COUNT - 1);
  });

  it('compiles as a fan-out of 10,000 into a join', () => {
    const middle = Array.from({ length: COUNT }, (_, index) => ({ name: name(index), to: 'last' }));
    const steps = [{ name: 'first', to: middle.map((step) => step.name) }, ...middle];
    expect(within(2_000, [...steps, { name: 'last' }]).steps.at(-1)).toMatchObject({ join: 'all', id: COUNT + 1 });
    expect(within(2_000, [...steps, { name: 'last', join: 'any' }]).steps.at(-1)!.losers).toHaveLength(COUNT + 1);
  });

  it('compiles as one loop of 10,000 steps, and as 3,000 loops one behind the other', () => {
    const round = Array.from({ length: COUNT }, (_, index) => ({ name: name(index), to: name((index + 1) % COUNT) }));
    const one = within(3_000, round);
    expect(one.loops).toEqual([
      { id: 0, header: 0, body: Array.from({ length: COUNT }, (_, id) => id), depth: 1, exits: [] },
    ]);
    const pairs = Array.from({ length: 3_000 }, (_, index) => [
      { name: `a${index}`, to: `b${index}` },
      { name: `b${index}`, to: [`a${index}`, ...(index < 2_999 ? [`a${index + 1}`] : ['last'])] },
    ]).flat();
    const plan = within(3_000, [...pairs, { name: 'last', join: 'any' }]);
    expect(plan.loops.map(({ header }) => header)).toEqual(Array.from({ length: 3_000 }, (_, index) => 2 * index));
    expect(plan.steps.at(-1)!.losers).toHaveLength(6_000);
  });
});
