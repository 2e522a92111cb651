import { expect, it } from 'vitest';
import { BlueprintError, Pipeline, definePipeline, planOf } from 'stepstream';
import type { PipelineClass } from '../../src/scanner/pipeline-class.js';
import { buildPipeline, type PipelineSpec, type StepSpec } from '../support/build-class.js';
import { errorOf } from './error-of.js';

const define = definePipeline as unknown as (definition: object) => PipelineClass;

function problemsOf(pipelineClass: PipelineClass): BlueprintError {
  const error = errorOf(() => planOf(pipelineClass));
  if (!(error instanceof BlueprintError)) throw error;
  return error;
}

/** A class that is made as decorators would make it. */
const classOf = (spec: Omit<PipelineSpec<typeof Pipeline>, 'extends'>): PipelineClass =>
  buildPipeline({ ...spec, name: 'Sample', pipeline: { name: 'Sample', ...spec.pipeline }, extends: Pipeline });

const step = (name: string, options: object = {}, rest: Partial<StepSpec> = {}): StepSpec => ({
  name,
  options: options as Record<string, unknown>,
  ...rest,
});
const BODY = { step() {} };

it.each<[what: string, spec: Parameters<typeof classOf>[0], definition: object]>([
  ['no step', {}, { steps: {} }],
  [
    'a misspelt target',
    { steps: [step('a', { to: 'bb' }), step('b')] },
    { steps: { a: { to: 'bb', ...BODY }, b: BODY } },
  ],
  [
    'a misspelt option, and one of another kind',
    { steps: [step('a', { too: 'b', cases: { x: null } })] },
    { steps: { a: { too: 'b', cases: { x: null }, ...BODY } } },
  ],
  [
    'values that options can not have',
    { steps: [step('a', { retry: 0, timeout: -1, join: 'some', concurrency: 1.5, middleware: 3 })] },
    { steps: { a: { retry: 0, timeout: -1, join: 'some', concurrency: 1.5, middleware: 3, ...BODY } } },
  ],
  [
    'a wrong option of the whole',
    { steps: [step('a')], pipeline: { hookTimeout: -1 } },
    { hookTimeout: -1, steps: { a: BODY } },
  ],
  ['two beginnings', { steps: [step('a'), step('b')] }, { steps: { a: BODY, b: BODY } }],
  [
    'no generator where one streams',
    { steps: [step('a', {}, { kind: 'streaming', body: { a() {} }.a })] },
    { steps: { a: { streaming() {} } } },
  ],
  [
    'a generator under a step, an each, a switch and a sub-pipeline',
    {
      steps: [
        step('a', { to: 'b' }, { body: async function* () {} }),
        step('b', { to: 'c' }, { kind: 'each', body: function* () {} }),
        step('c', { cases: { x: 'd' } }, { kind: 'switch', body: async function* () {} }),
        step('d', { of: () => Sub }, { kind: 'sub', body: async function* () {} }),
      ],
    },
    {
      steps: {
        a: { to: 'b', async *step() {} },
        b: { to: 'c', *forEach() {} },
        c: { cases: { x: 'd' }, async *switch() {} },
        d: { of: () => Sub, async *subPipeline() {} },
      },
    },
  ],
  ['a switch without cases', { steps: [step('a', {}, { kind: 'switch' })] }, { steps: { a: { switch() {} } } }],
  ['a sub-pipeline of nothing', { steps: [step('a', {}, { kind: 'sub' })] }, { steps: { a: { subPipeline() {} } } }],
  [
    'an unknown handler, and two that nobody names',
    { steps: [step('a', { onError: 'sory' })], handlers: [{ name: 'sorry' }, { name: 'look' }, { name: 'see' }] },
    { steps: { a: { onError: 'sory', ...BODY } }, onError: { sorry() {}, look() {}, see() {} } },
  ],
  [
    'hooks: a generator, and a word that there is not',
    {
      steps: [step('a')],
      hooks: [
        { name: 'connect', on: 'startup', body: async function* () {} },
        { name: 'shut', on: 'shutdown', options: { per: 'request' } },
      ],
    },
    { steps: { a: BODY }, onStartup: { async *connect() {} }, onShutdown: { shut: { per: 'request', hook() {} } } },
  ],
  ['a name that is none', { steps: [step('a b')] }, { steps: { 'a b': BODY } }],
  [
    'a loop with two headers',
    { steps: [step('a', { to: ['b', 'c'] }), step('b', { to: 'c' }), step('c', { to: 'b' })] },
    { steps: { a: { to: ['b', 'c'], ...BODY }, b: { to: 'c', ...BODY }, c: { to: 'b', ...BODY } } },
  ],
  [
    'one name for a step and a handler',
    { steps: [step('a')], handlers: [{ name: 'a' }] },
    { steps: { a: BODY }, onError: { a() {} } },
  ],
])('a definition is told of the same problems as its class: %s', (_what, spec, definition) => {
  const expected = problemsOf(classOf(spec));
  const told = problemsOf(define({ name: 'Sample', ...definition }));
  expect(told.problems).toEqual(expected.problems);
  expect(told.message).toBe(expected.message);
  expect(told.message).toContain('Sample');
});
const Sub = define({ name: 'sub', steps: { only: BODY } });

it.each<[what: string, steps: object, code: string, where: string]>([
  ['a step without a method', { a: { to: 'b' }, b: BODY }, 'NOT_A_METHOD', 'Sample.a'],
  ['a step that is no function', { a: { step: 'a' } }, 'NOT_A_METHOD', 'Sample.a'],
  ['a step that is neither object nor function', { a: null }, 'NOT_A_METHOD', 'Sample.a'],
  ['a step with two methods', { a: { step() {}, forEach() {} } }, 'SEVERAL_DECORATORS', 'Sample.a'],
  ['an async generator alone', { async *a() {} }, 'GENERATOR_UNDER_STEP', 'Sample.a'],
  ['a step named by a symbol', { [Symbol('a')]: BODY }, 'INVALID_STEP_NAME', 'Sample[Symbol(a)]'],
  ['a step named constructor', { constructor: BODY }, 'RESERVED_STEP_NAME', 'Sample.constructor'],
])('what only a definition can have wrong is told of as a problem: %s', (_what, steps, code, where) => {
  const told = problemsOf(define({ name: 'Sample', steps }));
  expect(told.problems).toContainEqual(expect.objectContaining({ code, where }));
});

it('a step named as a member of Pipeline leaves that member alone, so that run() can tell', () => {
  const Sample = define({ name: 'Sample', steps: { run: BODY } }) as unknown as new () => Pipeline<object>;
  const error = errorOf(() => new Sample().run({}));
  expect(error).toBeInstanceOf(BlueprintError);
  expect((error as BlueprintError).problems).toMatchObject([{ code: 'RESERVED_STEP_NAME', where: 'Sample.run' }]);
});

it('an unknown part of a definition is an unknown option', () => {
  const told = problemsOf(define({ name: 'Sample', step: {}, steps: { a: BODY }, migrte: () => ({}) }));
  expect(told.problems.map(({ where, what }) => `${where} ${what}`)).toEqual([
    'Sample.pipeline has an unknown option "step".',
    'Sample.pipeline has an unknown option "migrte". Did you mean "migrate"?',
  ]);
});

it.each([undefined, null, 7, ''])('a name that is none (%s) is a problem, and the class is anonymous', (name) => {
  const told = define({ name, steps: { a: { to: 'b', ...BODY } } });
  expect(problemsOf(told).message).toContain('AnonymousPipeline.a: leads to "b"');
});

it('nothing is thrown before the first use, and nothing of the definition is changed or kept', () => {
  const steps = Object.freeze({
    a: Object.freeze({ to: Object.freeze(['b']), step() {} }),
    b: Object.freeze({ step() {} }),
  });
  const definition = Object.freeze({ name: 'Sample', steps, onError: Object.freeze({ look() {} }) });
  const [one, other] = [define(definition), define(definition)];
  expect(planOf(one)).toStrictEqual(planOf(other));
  expect(one).not.toBe(other);
  expect(Object.isFrozen((one as unknown as { pipeline: object }).pipeline)).toBe(true);
});

it('a hook or a handler alone, without a name, has that of its group', async () => {
  const said: string[] = [];
  const Sample = define({
    name: 'Sample',
    steps: {
      a() {
        throw new Error('no');
      },
    },
    onStartup: () => void said.push('up'),
    onError: ({ failed }: { failed: string }) => void said.push(failed),
    onShutdown: () => void said.push('down'),
  }) as unknown as new () => Pipeline<object>;
  const { startup, shutdown, catchAll } = planOf(Sample);
  expect([startup.map(({ name }) => name), catchAll, shutdown.map(({ name }) => name)]).toEqual([
    ['onStartup'],
    'onError',
    ['onShutdown'],
  ]);
  expect((await new Sample().run({}, { throwOnFailure: false }).result).status).toBe('failed');
  expect(said).toEqual(['up', 'a', 'down']);
});

it.each(['onStartup', 'onShutdown', 'onError', 'steps'])('a group that is none is told of: %s', (group) => {
  const told = problemsOf(define({ name: 'Sample', steps: { a: BODY }, [group]: 7 }));
  expect(told.problems).toMatchObject([{ code: 'NOT_A_METHOD', where: `Sample.${group}` }]);
});
