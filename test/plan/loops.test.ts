import { describe, expect, it } from 'vitest';
import { compile } from '../../src/plan/compile.js';
import { buildPipeline, type StepSpec } from '../support/build-class.js';

const planOf = (steps: readonly StepSpec[], pipeline = {}) => compile(buildPipeline({ steps, pipeline })).plan;

/** The loops of a class by name, and what the edges of its steps mean. */
function read(steps: readonly StepSpec[]) {
  const { steps: planned, loops, entries } = planOf(steps);
  const names = (ids: readonly number[]) => ids.map((id) => planned[id].name).join(' ');
  return {
    order: names(planned.map(({ id }) => id)),
    entries: names(entries),
    loops: loops.map(({ id, header, body, parent, depth, exits }) => ({
      ...{ header: names([header]), body: names(body), depth },
      ...(parent !== undefined && { parent: names([loops[parent].header]) }),
      exits: exits.map(([from, to]) => `${planned[from].name}→${planned[to].name}`).join(' '),
      own: names(planned.filter(({ loop }) => loop === id).map((step) => step.id)),
    })),
    jumps: planned.flatMap(({ name, jumps }) => (jumps.length > 0 ? [`${name}→${names(jumps)}`] : [])),
    repeats: names(planned.filter(({ repeats }) => repeats).map(({ id }) => id)),
    joins: names(planned.filter(({ join }) => join).map(({ id }) => id)),
  };
}

describe('a loop (C.2)', () => {
  it('has the only step that is entered from outside as its header, and jumps that lead there', () => {
    expect(
      read([
        { name: 'ask', to: 'think' },
        { name: 'answer', to: 'log' },
        { name: 'log' },
        { name: 'think', to: 'answer', options: { goto: ['web', 'docs'] } },
        { name: 'web', to: 'think' },
        { name: 'docs', to: 'think' },
      ]),
    ).toEqual({
      order: 'ask think answer log web docs',
      entries: 'ask',
      loops: [{ header: 'think', body: 'think web docs', own: 'think web docs', depth: 1, exits: 'think→answer' }],
      jumps: ['web→think', 'docs→think'],
      // One edge out of the loop leads to it, and it waits for nothing.
      repeats: 'answer log',
      joins: '',
    });
  });

  it('may be one step, which keeps its other edges', () => {
    expect(read([{ name: 'a', to: ['a', 'b'] }, { name: 'b' }])).toMatchObject({
      loops: [{ header: 'a', body: 'a', exits: 'a→b' }],
      jumps: ['a→a'],
      entries: 'a',
    });
  });

  it('contains the loops that are left when its jumps are taken away', () => {
    expect(
      read([
        { name: 'start', to: 'outer' },
        { name: 'outer', to: 'inner' },
        { name: 'inner', to: ['work', 'done'] },
        { name: 'work', to: 'check' },
        { name: 'check', to: ['inner', 'outer', 'out'] },
        { name: 'done' },
        { name: 'out' },
      ]),
    ).toMatchObject({
      loops: [
        { header: 'outer', body: 'outer inner work check', own: 'outer', depth: 1, exits: 'inner→done check→out' },
        { header: 'inner', body: 'inner work check', own: 'inner work check', depth: 2, parent: 'outer', exits: '' },
      ],
      jumps: ['check→outer inner'],
      repeats: 'done out',
    });
  });

  it('an edge out of several loops hangs on the outermost, one into the loop around on the inner one', () => {
    const { loops } = read([
      { name: 'outer', to: 'inner', options: { entry: true } },
      { name: 'inner', to: ['inner', 'after', 'out'] },
      { name: 'after', to: ['outer', 'both'] },
      { name: 'out', to: 'both' },
      { name: 'both' },
    ]);
    expect(loops.map(({ header, exits }) => [header, exits])).toEqual([
      ['outer', 'inner→out after→both'],
      ['inner', 'inner→after'],
    ]);
  });

  it('that nothing leads to begins at its step with entry, else at its first declared (C.8)', () => {
    const loop = (entry?: string): StepSpec[] =>
      ['a', 'b', 'c'].map((name, index) => ({
        name,
        to: ['b', 'c', 'a'][index],
        options: entry === name ? { entry: true } : {},
      }));
    expect(read(loop())).toMatchObject({ entries: 'a', order: 'a b c', jumps: ['c→a'] });
    expect(read(loop('b'))).toMatchObject({ entries: 'b', order: 'b c a', jumps: ['a→b'] });
  });

  it('behind a loop a step with one edge runs again and again, a join once, and so what is behind it', () => {
    expect(
      read([
        { name: 'a', to: ['a', 'each', 'waits', 'both'] },
        { name: 'each', to: ['both', 'again'] },
        { name: 'again' },
        { name: 'waits', join: 'all', to: 'next' },
        { name: 'next' },
        { name: 'both', to: 'last' },
        { name: 'last' },
      ]),
    ).toMatchObject({ repeats: 'each again', joins: 'waits both' });
  });

  it('its header waits for the edges from outside alone, and begins a round of its own each time', () => {
    expect(
      read([
        { name: 'a', to: ['b', 'c'] },
        { name: 'b', to: ['b', 'single'] },
        { name: 'c', to: 'single2' },
        { name: 'single', to: ['single', 'double'] },
        { name: 'single2', to: ['single2', 'double'] },
        { name: 'double', to: ['double'] },
      ]),
    ).toMatchObject({
      repeats: '',
      joins: 'double',
      jumps: ['b→b', 'single→single', 'single2→single2', 'double→double'],
    });
  });
});

describe('maxVisits', () => {
  it("is the step's own, else that of the class, else 100", () => {
    const steps: StepSpec[] = [{ name: 'a', to: ['a', 'b'], options: { maxVisits: 3 } }, { name: 'b' }];
    expect(planOf(steps).steps.map(({ maxVisits }) => maxVisits)).toEqual([3, 100]);
    expect(planOf(steps, { maxVisits: 9 }).steps.map(({ maxVisits }) => maxVisits)).toEqual([3, 9]);
  });
});

describe('a switch', () => {
  it('has its cases and its default by id, and each target once among its edges', () => {
    const { steps } = planOf([
      {
        name: 'route',
        kind: 'switch',
        options: {
          cases: { constructor: 'web', b: 'docs', c: 'web', end: null },
          default: 'other',
          goto: ['docs', 'far'],
        },
      },
      { name: 'web' },
      { name: 'docs' },
      { name: 'other' },
      { name: 'far' },
    ]);
    const [{ to, next, gotos, cases, otherwise, inner }] = steps;
    expect({ to, next, gotos, inner, otherwise }).toEqual({
      ...{ to: [1, 2, 3, 4], inner: [1, 2, 3, 4] },
      ...{ next: [], gotos: [2, 4], otherwise: 3 },
    });
    expect({ ...cases }).toEqual({ constructor: 1, b: 2, c: 1, end: null });
    expect(Object.getPrototypeOf(cases)).toBeNull();
  });

  it('with a case for nothing ends a path, so what is behind it is lost by no join (C.6)', () => {
    const withCases = (cases: object, more: Record<string, unknown> = {}): readonly string[] => {
      const { steps } = planOf([
        { name: 'a', to: ['route', 'c'] },
        { name: 'route', kind: 'switch', options: { cases, ...more } },
        { name: 'c', to: 'j' },
        { name: 'j', join: 'any' },
      ]);
      return steps.at(-1)!.losers.map((id) => steps[id].name);
    };
    expect(withCases({ x: 'j' })).toEqual(['a', 'route', 'c']);
    expect(withCases({ x: 'j', y: null })).toEqual(['c']);
    expect(withCases({ x: 'j' }, { default: null })).toEqual(['c']);
  });
});

describe('a step with only gotos', () => {
  it('ends a path; one that also has edges does not (C.6)', () => {
    const losers = (options: Record<string, unknown>, to?: string): readonly string[] => {
      const { steps } = planOf([
        { name: 'a', to: ['b', 'c'] },
        { name: 'b', to, options },
        { name: 'c', to: 'j' },
        { name: 'j', join: 'any' },
      ]);
      return steps.at(-1)!.losers.map((id) => steps[id].name);
    };
    expect(losers({ goto: 'j' })).toEqual(['c']);
    expect(losers({ goto: 'c' }, 'j')).toEqual(['a', 'b', 'c']);
  });
});

describe('an each', () => {
  it('runs sixteen items at once and fails with the first, if nothing else is said', () => {
    const { steps } = planOf([
      { name: 'a', kind: 'each', to: 'b' },
      { name: 'b', kind: 'each', options: { concurrency: 3, onItemError: 'skip' } },
    ]);
    expect(steps.map(({ each, concurrency }) => [each, concurrency])).toEqual([
      [{ concurrency: 16, onItemError: 'fail', distributed: false }, undefined],
      [{ concurrency: 3, onItemError: 'skip', distributed: false }, undefined],
    ]);
  });
});

describe('a fingerprint', () => {
  const fingerprint = (steps: readonly StepSpec[]): string => planOf(steps).fingerprint;

  it('changes where a loop begins elsewhere, and only then with the order of declaration', () => {
    const [a, b, c]: StepSpec[] = [{ name: 'a', to: 'b' }, { name: 'b', to: ['a', 'c'] }, { name: 'c' }];
    expect(fingerprint([a, c, b])).toBe(fingerprint([a, b, c]));
    expect(fingerprint([b, a, c])).not.toBe(fingerprint([a, b, c]));
  });

  it('does not say by which option an edge is drawn, but what runs once per item', () => {
    const goto = fingerprint([{ name: 'a', options: { goto: 'b' } }, { name: 'b' }]);
    expect(goto).toBe(fingerprint([{ name: 'a', to: 'b' }, { name: 'b' }]));
    expect(goto).not.toBe(fingerprint([{ name: 'a', kind: 'each', options: { to: 'b' } }, { name: 'b' }]));
  });
});

it('a list of edges of which none is special is one list, for the run looks for nothing in it', () => {
  const { steps } = planOf([
    { name: 'a', to: ['b', 'c'] },
    { name: 'b', to: 'd' },
    { name: 'c', to: ['c', 'd'] },
    { name: 'd' },
  ]);
  expect(steps.map(({ to, next, inner }) => [next === to, inner === to])).toEqual([
    [true, true],
    [true, true],
    [true, false],
    [true, true],
  ]);
});
