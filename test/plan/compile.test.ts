import { describe, expect, it } from 'vitest';
import { BlueprintError } from '../../src/errors/blueprint-error.js';
import { compile } from '../../src/plan/compile.js';
import { buildPipeline, type StepSpec } from '../support/build-class.js';

const planOf = (steps: readonly StepSpec[]) => compile(buildPipeline({ steps })).plan;
const namesOf = (steps: readonly StepSpec[]): string[] => planOf(steps).steps.map(({ name }) => name);

/** The paths of all objects in a value that can be written to. */
const mutablePaths = (value: unknown, path = 'plan'): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : [
        ...(Object.isFrozen(value) ? [] : [path]),
        ...Object.entries(value).flatMap(([key, inner]) => mutablePaths(inner, `${path}.${key}`)),
      ];

describe('a plan', () => {
  const merge = (base: unknown): unknown => base;
  const when = (): boolean => true;
  const Rag = buildPipeline({
    name: 'Rag',
    pipeline: { name: 'rag', merge: { hits: 'append', constructor: merge }, cancelGrace: 0 },
    hooks: [
      { name: 'setup', on: 'startup' },
      { name: 'cleanup', on: 'shutdown' },
    ],
    steps: [
      { name: 'answer', kind: 'streaming', options: { timeout: { firstToken: 5, idle: 7 }, onError: 'apologise' } },
      { name: 'docs', to: 'merge', options: { retry: { attempts: 2, delay: 9, backoff: 2, jitter: true, when } } },
      { name: 'web', to: 'merge', options: { retry: 3, timeout: 50, concurrency: 4, meta: { cost: 1 } } },
      { name: 'ask', to: ['web', 'docs'] },
      { name: 'merge', to: 'answer' },
    ],
    handlers: [{ name: 'apologise' }, { name: 'report' }],
  });

  it('says everything that a run needs, with every default filled in', () => {
    const { blueprint, plan } = compile(Rag);
    expect(blueprint.className).toBe('Rag');
    const step = (id: number, name: string, from: readonly number[], to: readonly number[]) => ({
      ...{ id, name, kind: 'step', from, to, next: to, inner: to, gotos: [], jumps: [], repeats: false },
      ...{ maxVisits: 100, losers: [], doomed: [] },
    });
    expect(plan).toEqual({
      v: 1,
      pipeline: 'rag',
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
      steps: [
        step(0, 'ask', [], [1, 2]),
        { ...step(1, 'docs', [0], [3]), retry: { attempts: 2, delay: 9, backoff: 2, jitter: true, when } },
        {
          ...{ ...step(2, 'web', [0], [3]), concurrency: 4, meta: { cost: 1 }, timeout: { step: 50 } },
          retry: { attempts: 3, delay: 0, backoff: 1, jitter: false },
        },
        { ...step(3, 'merge', [1, 2], [4]), join: 'all' },
        {
          ...{ ...step(4, 'answer', [3], []), kind: 'streaming', onError: 'apologise' },
          timeout: { firstToken: 5, idle: 7 },
        },
      ],
      loops: [],
      entries: [0],
      startup: [{ name: 'setup', per: 'instance', partner: -1 }],
      shutdown: [{ name: 'cleanup', per: 'instance', partner: 0 }],
      catchAll: 'report',
      merge: { hits: 'append', constructor: merge },
      cancelGrace: 0,
      hookTimeout: 10_000,
    });
  });

  it('is made once for a class, and frozen through and through', () => {
    expect(compile(Rag)).toBe(compile(Rag));
    const steps: StepSpec[] = [
      { name: 'a', to: ['b', 'c', 'd'], options: { retry: 2, timeout: 5 } },
      ...['b', 'c'].map((name) => ({ name, to: 'both' })),
      { name: 'both', to: 'j' },
      { name: 'd', to: 'j' },
      { name: 'j', join: 'any' },
    ];
    expect(mutablePaths(compile(buildPipeline({ ...hooked, steps })).plan)).toEqual([]);
  });

  it('finds no rule for a field of the state that every object has', () => {
    expect(compile(Rag).plan.merge.constructor).toBe(merge);
    const { merge: none } = planOf([{ name: 'only' }]);
    expect([none.constructor, none.toString, none.__proto__]).toEqual([undefined, undefined, undefined]);
  });

  it('survives JSON, without the functions among the options', () => {
    const { plan } = compile(Rag);
    const copy = JSON.parse(JSON.stringify(plan)) as typeof plan;
    expect(copy.steps[1].retry).toEqual({ attempts: 2, delay: 9, backoff: 2, jitter: true });
    expect(copy.steps.map(({ to }) => to)).toEqual(plan.steps.map(({ to }) => to));
    expect(copy.merge).toEqual({ hits: 'append' });
  });

  it('has the defaults of the class where it says nothing', () => {
    expect(planOf([{ name: 'only' }])).toMatchObject({ pipeline: 'Sample', cancelGrace: 2_000, hookTimeout: 10_000 });
    expect(planOf([{ name: 'only' }]).catchAll).toBeUndefined();
  });
});

const hooked = {
  hooks: [
    { name: 'setup', on: 'startup' },
    { name: 'cleanup', on: 'shutdown' },
  ],
  handlers: [{ name: 'report' }],
  pipeline: { merge: { hits: 'append' } },
} as const;

describe('joins and entries', () => {
  it('a step with two parents is an all-join, one that says join is that, any other is none', () => {
    const { steps } = planOf([
      { name: 'a', to: ['b', 'c', 'd'] },
      { name: 'b', to: ['e', 'f'] },
      { name: 'c', to: ['e', 'f'], join: 'all' },
      { name: 'd' },
      { name: 'e' },
      { name: 'f', join: 'any', to: 'g' },
      { name: 'g', join: 'any' },
    ]);
    expect(steps.map(({ name, join }) => [name, join])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['c', 'all'],
      ['d', undefined],
      ['e', 'all'],
      ['f', 'any'],
      ['g', 'any'],
    ]);
  });

  it('several beginnings that all say entry start together', () => {
    const plan = planOf([
      { name: 'z', options: { entry: true }, to: 'end' },
      { name: 'end' },
      { name: 'a', options: { entry: true }, to: 'end' },
    ]);
    expect(plan.entries.map((id) => plan.steps[id].name)).toEqual(['z', 'a']);
  });
});

describe('plan order', () => {
  it('is topological, and of several ready steps the one declared first comes next', () => {
    expect(namesOf([{ name: 'a', to: ['c', 'b'] }, { name: 'b' }, { name: 'c' }])).toEqual(['a', 'b', 'c']);
    // After the root `x` is declared before what `y` leads to, and before `y`.
    expect(
      namesOf([
        { name: 'late', to: [] },
        { name: 'x', to: 'z' },
        { name: 'z' },
        { name: 'y', to: 'late' },
        { name: 'r', to: ['y', 'x'] },
      ]),
    ).toEqual(['r', 'x', 'z', 'y', 'late']);
  });

  it('and every list of ids in it is sorted', () => {
    const { steps } = planOf([
      { name: 'd' },
      { name: 'c', to: 'd' },
      { name: 'b', to: 'd' },
      { name: 'a', to: ['d', 'b', 'c'] },
    ]);
    expect(steps.map(({ name, to, from }) => [name, to, from])).toEqual([
      ['a', [1, 2, 3], []],
      ['c', [3], [0]],
      ['b', [3], [0]],
      ['d', [], [0, 1, 2]],
    ]);
  });
});

describe('a fingerprint', () => {
  const base: StepSpec[] = [
    { name: 'a', to: ['b', 'c'] },
    { name: 'b', to: 'd' },
    { name: 'c', to: 'd' },
    { name: 'd' },
  ];
  const fingerprint = (steps: readonly StepSpec[], extra = {}) =>
    compile(buildPipeline({ steps, ...extra })).plan.fingerprint;
  const changed = (at: number, change: Partial<StepSpec>) =>
    base.map((step, index) => (index === at ? { ...step, ...change } : step));

  it('stays when bodies, retries, timeouts, hooks, the order of declaration or the name of the class change', () => {
    const same = [
      fingerprint(changed(1, { options: { retry: 3, timeout: 5, concurrency: 2, meta: { a: 1 } } })),
      fingerprint(changed(1, { body: () => 5 })),
      fingerprint([...base].reverse()),
      fingerprint(changed(0, { to: ['c', 'b'] })),
      fingerprint(changed(3, { join: 'all' })),
      fingerprint(base, { ...hooked, name: 'Other', pipeline: { name: 'other' } }),
    ];
    expect(new Set([fingerprint(base), ...same]).size).toBe(1);
  });

  it('changes with a name, a kind, an edge or a join', () => {
    const different = [
      fingerprint([{ name: 'a', to: ['b', 'e'] }, { name: 'b', to: 'd' }, { name: 'e', to: 'd' }, { name: 'd' }]),
      fingerprint(changed(1, { kind: 'streaming' })),
      fingerprint(changed(0, { to: ['b', 'c', 'd'] })),
      fingerprint(changed(3, { join: 'any' })),
      fingerprint(changed(1, { join: 'all' })),
      fingerprint([...base.slice(0, 3), { name: 'd', to: 'e' }, { name: 'e' }]),
    ];
    expect(new Set([fingerprint(base), ...different]).size).toBe(different.length + 1);
  });
});

it('a class that cannot run throws one error, each time', () => {
  const Broken = buildPipeline({ name: 'Broken', pipeline: { name: 'broken' } });
  for (let time = 0; time < 2; time++) expect(() => compile(Broken)).toThrow(BlueprintError);
});
