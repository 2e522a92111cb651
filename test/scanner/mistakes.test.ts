import { expect, it } from 'vitest';
import { ForEach } from '../../decorators/for-each.js';
import { OnError } from '../../decorators/on-error.js';
import { OnStartup } from '../../decorators/on-startup.js';
import { record } from '../../decorators/record.js';
import { Step } from '../../decorators/step.js';
import { Streaming } from '../../decorators/streaming.js';
import { SubPipeline } from '../../decorators/sub-pipeline.js';
import { Switch } from '../../decorators/switch.js';
import { compile } from '../../src/plan/compile.js';

/** Enough of a pipeline for the compiler. */
abstract class Base {
  declare readonly '~types': { readonly state: { q: string }; readonly context: unknown };
}

/** A decorator of ours without its type checks, which refuse most of what stands below. */
const unchecked = (decorator: unknown) =>
  decorator as (target: unknown, nameOrContext: unknown, descriptor?: unknown) => void;

const messageOf = (pipelineClass: typeof Base): string => {
  try {
    compile(pipelineClass);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no problem';
};

it('static methods', () => {
  class Bot extends Base {
    @unchecked(Step()) static start() {}
    @unchecked(OnStartup()) static setup() {}
  }
  expect(messageOf(Bot)).toMatchInlineSnapshot(`
    "Bot can't run, it has 2 problems:
      - Bot.start: is static, so it can't be a step. Remove static. [STATIC_STEP]
      - Bot.setup: is static, so it can't be a startup hook. Remove static. [STATIC_STEP]"
  `);
});

it('fields and accessors', () => {
  class Bot extends Base {
    @unchecked(Step()) get answer() {
      return 5;
    }
    @unchecked(OnError()) report = (): void => {};
  }
  expect(messageOf(Bot)).toMatchInlineSnapshot(`
    "Bot can't run, it has 2 problems:
      - Bot.answer: is a field or an accessor, so it can't be a step. Write it as a method. [NOT_A_METHOD]
      - Bot.report: is a field or an accessor, so it can't be a handler. Write it as a method. [NOT_A_METHOD]"
  `);
});

it('a #private step; hooks and handlers may be private', () => {
  class Bot extends Base {
    @Step() only() {}
  }
  // The legacy dialect has no decorators on #private members, so this is what a compiler for the standard one passes.
  const metadata = {};
  Object.defineProperty(Bot, (Symbol as { metadata?: symbol }).metadata!, { value: metadata, configurable: true });
  const place = { kind: 'method', static: false, private: true, access: { get: () => undefined }, metadata };
  const body = (): void => {};
  record('OnStartup', {}, body, { ...place, name: '#setup' }, undefined);
  record('OnError', {}, body, { ...place, name: '#report' }, undefined);
  record('Step', { entry: true }, body, { ...place, name: '#start' }, undefined);
  expect(messageOf(Bot)).toContain(
    'Bot.#start: is private, so nothing can lead to it. Make it public: start(). [PRIVATE_STEP]',
  );
  expect(messageOf(Bot)).not.toMatch(/#setup|#report/);
});

it('the wrong kind of method, and two decorators on one', () => {
  class Bot extends Base {
    @unchecked(Streaming()) respond() {}
    @unchecked(Step({ to: 'respond' as never })) async *start() {
      yield 'x';
    }
    @OnStartup() @OnError() both() {}
  }
  expect(messageOf(Bot)).toMatchInlineSnapshot(`
    "Bot can't run, it has 3 problems:
      - Bot.respond: is @Streaming, but its method is no async generator. Write async *respond() { … yield … }, or decorate it with @Step(). [NOT_A_GENERATOR]
      - Bot.start: is a @Step, but its method is an async generator. Decorate it with @Streaming(). [GENERATOR_UNDER_STEP]
      - Bot.both: has 2 decorators: @OnError, @OnStartup. Keep one of them, and let two methods share what they have in common. [SEVERAL_DECORATORS]"
  `);
});

it('an each, a switch and a sub-pipeline, as their decorators write them', () => {
  class Child extends Base {
    @Step() only() {}
  }
  class Bot extends Base {
    @unchecked(Switch({ cases: {}, default: 'evry' as never })) async *route() {}
    @unchecked(ForEach({ to: 'child' as never, goto: 'route' } as object)) *every() {}
    @unchecked(SubPipeline(() => new Child() as never, { onItemError: 'skip' as never })) child() {}
    @unchecked(SubPipeline(() => Child, { each: true, join: 'any', middleware: [] })) unreached() {}
  }
  expect(messageOf(Bot)).toMatchInlineSnapshot(`
    "Bot can't run, it has 9 problems:
      - Bot: nothing leads to the loop of route and every or to unreached, and a run begins at one. Name all but one in the option to of the step before it, or give each of them entry: true. [SEVERAL_BEGINNINGS]
      - Bot.route: is a @Switch, but its method is an async generator. Write it without *: it returns the key of a case. [GENERATOR_UNDER_STEP]
      - Bot.route: is a @Switch without any case but its default. Give it the option cases, a step or null by each key that it returns: { refund: 'pay', thanks: null }. [SWITCH_WITHOUT_CASES]
      - Bot.route: leads by default to "evry", which is no step. Did you mean "every"? Name one of the steps: route, every, child, unreached. [UNKNOWN_TARGET]
      - Bot.every: has the option goto, which a @ForEach doesn't have. Name the steps in to: an item can't choose where its each leads. [INVALID_OPTION]
      - Bot.every: is a @ForEach, but its method is a generator. Write async *every(). [GENERATOR_UNDER_STEP]
      - Bot.child: has the option onItemError, which a @SubPipeline doesn't have. Remove it, or let the step run once per item: @ForEach(), or each: true in a @SubPipeline. [INVALID_OPTION]
      - Bot.child: names its pipeline class by a function that gives an instance of Child. Give the class itself: @SubPipeline(() => Child). [UNKNOWN_SUB_PIPELINE]
      - Bot.unreached: says join: "any", but nothing leads to it. Remove the option. [INVALID_OPTION]"
  `);
});

it('no mistake in classes of every kind of step', () => {
  class Child extends Base {
    @Step() only() {}
  }
  class Bot extends Base {
    @unchecked(Switch({ cases: { many: 'every', none: null }, default: 'child' })) route() {}
    @unchecked(ForEach({ to: 'child', concurrency: 2, onItemError: 'collect' })) async *every() {
      yield 'x';
    }
    @unchecked(SubPipeline(() => Child, { goto: 'route', join: 'any' })) child() {}
  }
  expect(messageOf(Bot)).toBe('no problem');
  const [route, every, child] = compile(Bot).plan.steps;
  expect([route, every, child].map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
    'route: switch',
    'every: each',
    'child: sub',
  ]);
  expect(child.child?.plan).toBe(compile(Child).plan);
});
