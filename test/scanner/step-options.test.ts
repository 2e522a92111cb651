import { expect, it } from 'vitest';
import { scan } from '../../src/scanner/scan.js';
import { buildPipeline, type StepSpec } from '../support/build-class.js';

const Child = buildPipeline({ name: 'Child', steps: [{ name: 'only' }] });
const of = (): unknown => Child;

/** What is read of a step, without what is said of every member and what is absent. */
function read(step: Omit<StepSpec, 'name'>) {
  const [{ kind, ...found }] = scan(buildPipeline({ steps: [{ name: 'only', ...step }] })).steps;
  const names = ['name', 'owner', 'place', 'placement', 'form', 'callable', 'options', 'read'];
  const said = Object.entries(found).filter(([name, value]) => !names.includes(name) && value !== undefined);
  return { kind, ...Object.fromEntries(said) };
}

const nothing = { each: false, to: [], goto: [], entry: false, middleware: [] };

it('every decorator makes its kind of step', () => {
  expect(read({})).toEqual({ kind: 'step', ...nothing });
  expect(read({ kind: 'streaming' })).toEqual({ kind: 'streaming', ...nothing });
  expect(read({ kind: 'each' })).toEqual({ kind: 'each', ...nothing, each: true });
  expect(read({ kind: 'switch' })).toEqual({ kind: 'switch', ...nothing, cases: {} });
  expect(read({ kind: 'sub', options: { of } })).toEqual({ kind: 'sub', ...nothing, of });
  expect(read({ kind: 'sub', options: { of, each: true } })).toEqual({ kind: 'sub', ...nothing, of, each: true });
});

it('options of all steps', () => {
  const around = [() => 1, () => 2];
  const answer = { '~standard': {} };
  expect(read({ to: 'a', options: { goto: 'b', maxVisits: 3, answer, middleware: around[0] } })).toEqual({
    ...{ kind: 'step', ...nothing, to: ['a'], goto: ['b'] },
    ...{ maxVisits: 3, answer, middleware: [around[0]] },
  });
  expect(read({ to: ['a', 'b'], options: { goto: ['b', 'c'], middleware: around } })).toEqual({
    ...{ kind: 'step', ...nothing, to: ['a', 'b'], goto: ['b', 'c'] },
    middleware: around,
  });
});

it('options of an each', () => {
  expect(read({ kind: 'each', options: { concurrency: 4, onItemError: 'collect' } })).toEqual({
    ...{ kind: 'each', ...nothing, each: true },
    ...{ concurrency: 4, onItemError: 'collect' },
  });
});

it('the cases of a switch, whatever they are called', () => {
  const cases = { refund: 'pay', true: 'vip', 7: 'seven', none: null, ['__proto__']: 'a', constructor: 'b' };
  const step = scan(buildPipeline({ steps: [{ name: 'only', kind: 'switch', options: { cases, default: null } }] }))
    .steps[0];
  expect(Object.entries(step.cases!)).toEqual(Object.entries(cases));
  expect(step.cases!.constructor).toBe('b');
  expect(step.cases!.toString).toBeUndefined();
  expect(step.otherwise).toBeNull();
});

it('what has not its type is left out, for the plan to refuse', () => {
  expect(
    read({ kind: 'switch', options: { cases: { a: 5, b: 'x' }, default: 7, goto: [1, 'y'], onItemError: 'stop' } }),
  ).toEqual({ kind: 'switch', ...nothing, cases: { b: 'x' }, goto: ['y'] });
  expect(read({ kind: 'switch', options: { cases: ['a'] } })).toEqual({ kind: 'switch', ...nothing, cases: {} });
  expect(read({ kind: 'sub', options: { of: Child.name, each: 'yes' } })).toEqual({ kind: 'sub', ...nothing });
  // The options of another decorator mean nothing.
  expect(read({ options: { cases: { a: 'b' }, default: 'c', of, each: true } })).toEqual({ kind: 'step', ...nothing });
});

it('nobody can change what was read', () => {
  const middleware = [() => 1];
  const cases = { a: 'b' };
  const [step] = scan(
    buildPipeline({ steps: [{ name: 'only', kind: 'switch', options: { cases, middleware } }] }),
  ).steps;
  for (const value of [step, step.to, step.goto, step.cases, step.middleware])
    expect(Object.isFrozen(value)).toBe(true);
  middleware.push(() => 2);
  cases.a = 'c';
  expect([step.middleware.length, step.cases!.a]).toEqual([1, 'b']);
});
