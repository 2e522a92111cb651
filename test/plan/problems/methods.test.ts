import { describe, expect, it } from 'vitest';
import { addMember, buildPipeline, type HookSpec } from '../../support/build-class.js';
import { messageOf, ofSteps, only } from './message-of.js';

const generator = { *respond() {} }.respond;
const streaming = { async *respond() {} }.respond;
const plain = { respond() {} }.respond;
const ofHooks = (...hooks: HookSpec[]): string => messageOf(buildPipeline({ name: 'Bot', steps: [only], hooks }));

describe('methods', () => {
  it('no generator under @Streaming', () => {
    expect(
      ofSteps(
        { name: 'respond', kind: 'streaming', body: plain, to: 'other' },
        { name: 'other', kind: 'streaming', body: generator },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.respond: is @Streaming, but its method is no async generator. Write async *respond() { … yield … }, or decorate it with @Step(). [NOT_A_GENERATOR]
        - Bot.other: is @Streaming, but its method is a generator without async. Write async *other() { … yield … }. [NOT_A_GENERATOR]"
    `);
  });

  it('a generator under @Step', () => {
    expect(ofSteps({ name: 'respond', body: streaming, to: 'other' }, { name: 'other', body: generator }))
      .toMatchInlineSnapshot(`
        "Bot can't run, it has 2 problems:
          - Bot.respond: is a @Step, but its method is an async generator. Decorate it with @Streaming(). [GENERATOR_UNDER_STEP]
          - Bot.other: is a @Step, but its method is a generator. Decorate it with @Streaming() and write async *other(). [GENERATOR_UNDER_STEP]"
      `);
  });

  it('a generator as an each, a switch or a sub-pipeline', () => {
    const of = (): unknown => buildPipeline({ name: 'Child', steps: [only] });
    expect(
      ofSteps(
        { name: 'a', kind: 'each', body: generator, to: 'b' },
        { name: 'b', kind: 'switch', body: streaming, options: { cases: { x: 'c' } } },
        { name: 'c', kind: 'switch', body: generator, options: { cases: { x: 'd' } } },
        { name: 'd', kind: 'sub', body: streaming, to: 'e', options: { of } },
        { name: 'e', kind: 'sub', body: generator, options: { of, each: true } },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 5 problems:
        - Bot.a: is a @ForEach, but its method is a generator. Write async *a(). [GENERATOR_UNDER_STEP]
        - Bot.b: is a @Switch, but its method is an async generator. Write it without *: it returns the key of a case. [GENERATOR_UNDER_STEP]
        - Bot.c: is a @Switch, but its method is a generator. Write it without *: it returns the key of a case. [GENERATOR_UNDER_STEP]
        - Bot.d: is a @SubPipeline, but its method is an async generator. Write it without *: it returns call(pipeline, state), and the tokens are those of that pipeline. [GENERATOR_UNDER_STEP]
        - Bot.e: is a @SubPipeline with each: true, but its method is a generator. Write it without *: it returns call(pipeline, state), and the tokens are those of that pipeline. [GENERATOR_UNDER_STEP]"
    `);
    expect(ofSteps({ name: 'respond', kind: 'each', body: streaming })).toBe('no problem');
  });

  it('a method that may be anything is given the benefit of the doubt', () => {
    expect(ofSteps({ name: 'respond', kind: 'streaming', body: () => streaming() })).toBe('no problem');
  });

  it('a generator as a hook', () => {
    expect(
      ofHooks({ name: 'setup', on: 'startup', body: generator }, { name: 'cleanup', on: 'shutdown', body: streaming }),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.setup: is a lifecycle hook, but its method is a generator, and a hook has nobody to stream to. Write it without *; it may be async. [GENERATOR_HOOK]
        - Bot.cleanup: is a lifecycle hook, but its method is a generator, and a hook has nobody to stream to. Write it without *; it may be async. [GENERATOR_HOOK]"
    `);
  });

  it('a name that is no identifier', () => {
    const Bot = buildPipeline({
      name: 'Bot',
      steps: [{ name: 'my-step', to: '2nd' }, { name: '2nd', to: 'ünïcode$_1' }, { name: 'ünïcode$_1' }],
    });
    addMember(Bot, 'Step', { entry: true }, Symbol('secret'), plain);
    expect(messageOf(Bot)).toMatchInlineSnapshot(`
      "Bot can't run, it has 4 problems:
        - Bot["my-step"]: is no identifier, so nothing can name it. Rename the method: letters, digits, _ and $, not beginning with a digit. [INVALID_STEP_NAME]
        - Bot["my-step"]: can't be reached from the beginning of a run (Symbol(secret)). Name it in the option to of a step that can be, or give it entry: true. [UNREACHABLE_STEP]
        - Bot["2nd"]: is no identifier, so nothing can name it. Rename the method: letters, digits, _ and $, not beginning with a digit. [INVALID_STEP_NAME]
        - Bot[Symbol(secret)]: is named by a symbol, so nothing can name it. Rename the method: letters, digits, _ and $, not beginning with a digit. [INVALID_STEP_NAME]"
    `);
  });

  it('a name that Pipeline, a promise or every object has', () => {
    const names = ['run', 'resume', 'open', 'close', 'on', 'once', 'off', 'then', 'toString', 'hasOwnProperty'];
    const steps = names.map((name, index) => ({ name, to: names[index + 1] }));
    const hooks = [{ name: 'close', on: 'shutdown' } as const];
    const handlers = [{ name: 'off' }];
    expect(ofSteps(...steps)).toMatchInlineSnapshot(`
      "Bot can't run, it has 10 problems:
        - Bot.run: can't be a step: the name run belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]
        - Bot.resume: can't be a step: the name resume belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]
        - Bot.open: can't be a step: the name open belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]
        - Bot.close: can't be a step: the name close belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]
        - Bot.on: can't be a step: the name on belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]
        - Bot.once: can't be a step: the name once belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]
        - Bot.off: can't be a step: the name off belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]
        - Bot.then: can't be a step: an object with a method then is taken for a promise. Rename the method. [RESERVED_STEP_NAME]
        - Bot.toString: can't be a step: every object has a member toString. Rename the method. [RESERVED_STEP_NAME]
        - Bot.hasOwnProperty: can't be a step: every object has a member hasOwnProperty. Rename the method. [RESERVED_STEP_NAME]"
    `);
    expect(messageOf(buildPipeline({ name: 'Bot', steps: [only], hooks, handlers }))).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.close: can't be a shutdown hook: the name close belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]
        - Bot.off: can't be a handler: the name off belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]"
    `);
  });

  it('two decorators on one method', () => {
    const Bot = buildPipeline({ name: 'Bot', steps: [only] });
    addMember(Bot, 'OnStartup', {}, 'only', plain);
    addMember(Bot, 'Step', {}, 'only', plain);
    expect(messageOf(Bot)).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.only: has 3 decorators: @Step, @OnStartup, @Step. Keep one of them, and let two methods share what they have in common. [SEVERAL_DECORATORS]"
    `);
  });

  it('something else in the place of a method', () => {
    const Base = buildPipeline({
      name: 'Base',
      steps: [only],
      hooks: [{ name: 'setup', on: 'startup' }],
      handlers: [{ name: 'report' }],
    });
    const Bot = buildPipeline({ name: 'Bot', extends: Base });
    for (const name of ['only', 'setup', 'report']) Object.defineProperty(Bot.prototype, name, { get: () => plain });
    expect(messageOf(Bot)).toMatchInlineSnapshot(`
      "Bot can't run, it has 3 problems:
        - Base.only: is a step, but Bot has something else than a method in its place. Override it with a method, or give the other member another name. [NO_LONGER_A_METHOD]
        - Base.setup: is a startup hook, but Bot has something else than a method in its place. Override it with a method, or give the other member another name. [NO_LONGER_A_METHOD]
        - Base.report: is a handler, but Bot has something else than a method in its place. Override it with a method, or give the other member another name. [NO_LONGER_A_METHOD]"
    `);
    expect(messageOf(Base)).toBe('no problem');
  });
});
