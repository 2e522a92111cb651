import { describe, expect, it } from 'vitest';
import { addMember, buildPipeline, type StepSpec } from '../../support/build-class.js';
import { messageOf, ofSteps, only } from './message-of.js';

const plain = { respond() {} }.respond;
const ofOptions = (options: object, more: Partial<StepSpec> = {}): string =>
  ofSteps({ ...only, ...more, options: { ...options } });
const ofPipeline = (pipeline: unknown): string =>
  messageOf(buildPipeline({ name: 'Bot', steps: [only], pipeline: pipeline as object }));

describe('options', () => {
  it('unknown ones', () => {
    expect(
      ofOptions({ retyr: 2, onerror: 'x', parallel: true, timeout: { frist: 3 }, retry: { attempts: 2, jiter: true } }),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 5 problems:
        - Bot.only: has an unknown option "retyr". Did you mean "retry"? Known are: to, goto, join, retry, timeout, onError, concurrency, maxVisits, answer, middleware, entry, meta. [INVALID_OPTION]
        - Bot.only: has an unknown option "onerror". Did you mean "onError"? Known are: to, goto, join, retry, timeout, onError, concurrency, maxVisits, answer, middleware, entry, meta. [INVALID_OPTION]
        - Bot.only: has an unknown option "parallel". Known are: to, goto, join, retry, timeout, onError, concurrency, maxVisits, answer, middleware, entry, meta. [INVALID_OPTION]
        - Bot.only: has an unknown option "timeout.frist". Known are: step, firstToken, idle. [INVALID_OPTION]
        - Bot.only: has an unknown option "retry.jiter". Did you mean "retry.jitter"? Known are: attempts, delay, backoff, jitter, when. [INVALID_OPTION]"
    `);
  });

  it('values that they cannot have', () => {
    expect(
      ofOptions({ to: 5, join: 'some', retry: 0, timeout: -1, onError: 3, concurrency: 1.5, entry: 'yes', meta: [] }),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 8 problems:
        - Bot.only: has the option to: 5. Give it the name of a step, or a list of names. [INVALID_OPTION]
        - Bot.only: has the option join: "some". Give it "all" or "any". [INVALID_OPTION]
        - Bot.only: has the option retry: 0. Give it the number of all attempts, 1 or more, or { attempts, … }. [INVALID_OPTION]
        - Bot.only: has the option timeout: -1. Give it a number of milliseconds above 0, at most 2,147,483,647. [INVALID_OPTION]
        - Bot.only: has the option onError: 3. Give it the name of an @OnError() method. [INVALID_OPTION]
        - Bot.only: has the option concurrency: 1.5. Give it a whole number of 1 or more. [INVALID_OPTION]
        - Bot.only: has the option entry: "yes". Give it true or false. [INVALID_OPTION]
        - Bot.only: has the option meta: []. Give it an object. [INVALID_OPTION]"
    `);
  });

  it('values inside an option', () => {
    expect(
      ofOptions(
        {
          retry: { delay: -1, backoff: 0.5, jitter: 1, when: true },
          timeout: { step: Infinity, firstToken: 0, idle: NaN },
        },
        { kind: 'streaming' },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 8 problems:
        - Bot.only: lacks the option retry.attempts. Give it the number of all attempts, 1 or more. [INVALID_OPTION]
        - Bot.only: has the option retry.delay: -1. Give it a number of milliseconds from 0 to 2,147,483,647. [INVALID_OPTION]
        - Bot.only: has the option retry.backoff: 0.5. Give it a number of 1 or more. [INVALID_OPTION]
        - Bot.only: has the option retry.jitter: 1. Give it true or false. [INVALID_OPTION]
        - Bot.only: has the option retry.when: true. Give it a function of the error. [INVALID_OPTION]
        - Bot.only: has the option timeout.step: Infinity. Give it a number of milliseconds above 0, at most 2,147,483,647. [INVALID_OPTION]
        - Bot.only: has the option timeout.firstToken: 0. Give it a number of milliseconds above 0, at most 2,147,483,647. [INVALID_OPTION]
        - Bot.only: has the option timeout.idle: NaN. Give it a number of milliseconds above 0, at most 2,147,483,647. [INVALID_OPTION]"
    `);
    expect(ofOptions({ retry: null, timeout: 3_000_000_000, to: ['a', 1], onError: () => 1 })).toMatchInlineSnapshot(`
      "Bot can't run, it has 5 problems:
        - Bot.only: has the option retry: null. Give it the number of all attempts, 1 or more, or { attempts, … }. [INVALID_OPTION]
        - Bot.only: has the option timeout: 3000000000. Give it a number of milliseconds above 0, at most 2,147,483,647. [INVALID_OPTION]
        - Bot.only: has the option to: ["a", 1]. Give it the name of a step, or a list of names. [INVALID_OPTION]
        - Bot.only: has the option onError: a function. Give it the name of an @OnError() method. [INVALID_OPTION]
        - Bot.only: leads to "a", which is no step. Name one of the steps: only. [UNKNOWN_TARGET]"
    `);
  });

  it('the smallest and largest values that they can have', () => {
    expect(ofOptions({ retry: 1, timeout: 2_147_483_647, concurrency: 1, entry: true, meta: {} })).toBe('no problem');
    expect(
      ofOptions({
        retry: { attempts: 1, delay: 0, backoff: 1, jitter: false, when: undefined },
        timeout: { step: 0.5 },
      }),
    ).toBe('no problem');
  });

  it('options that say what cannot be', () => {
    expect(
      ofSteps(
        { name: 'start', join: 'any', to: 'next', options: { timeout: { idle: 5 } } },
        { name: 'next', options: { entry: true } },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 3 problems:
        - Bot.start: says join: "any", but nothing leads to it. Remove the option. [INVALID_OPTION]
        - Bot.start: limits the time between tokens, but a @Step has none. Use timeout: { step }, or @Streaming(). [INVALID_OPTION]
        - Bot.next: says entry: true, but "start" leads to it. Remove one of the two. [INVALID_OPTION]"
    `);
  });

  it('those of all steps', () => {
    expect(ofOptions({ goto: 5, maxVisits: 0, answer: {}, middleware: [() => 1, 'log'] })).toMatchInlineSnapshot(`
      "Bot can't run, it has 4 problems:
        - Bot.only: has the option goto: 5. Give it the name of a step, or a list of names. [INVALID_OPTION]
        - Bot.only: has the option maxVisits: 0. Give it a whole number of 1 or more. [INVALID_OPTION]
        - Bot.only: has the option answer: an object. Give it a Standard Schema, as Zod, Valibot and ArkType make them. [INVALID_OPTION]
        - Bot.only: has the option middleware: [a function, "log"]. Give it a function (context, next) => …, or a list of such functions. [INVALID_OPTION]"
    `);
    const schema = { '~standard': { version: 1, vendor: 'me', validate: () => ({ value: 1 }) } };
    const callable = Object.assign(() => 1, schema);
    for (const answer of [schema, callable])
      for (const middleware of [() => 1, [], [() => 1, () => 2]])
        expect(ofOptions({ goto: 'only', maxVisits: 1, answer, middleware })).toBe('no problem');
    for (const answer of [null, 'x', () => 1, { '~standard': null }])
      expect(ofOptions({ answer })).toContain('Give it a Standard Schema');
  });

  it('those of an each, a switch and a sub-pipeline', () => {
    const Child = buildPipeline({ name: 'Child', steps: [only] });
    const of = (): unknown => Child;
    const ofKind = (kind: StepSpec['kind'], options: object): string => ofOptions(options, { kind });
    expect(ofKind('each', { onItemError: 'stop', concurrency: 0 })).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.only: has the option onItemError: "stop". Give it "fail", "skip" or "collect". [INVALID_OPTION]
        - Bot.only: has the option concurrency: 0. Give it a whole number of 1 or more. [INVALID_OPTION]"
    `);
    expect(ofKind('switch', { cases: ['a'] })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.only: has the option cases: ["a"]. Give it an object of steps by key: { refund: 'pay', thanks: null }. [INVALID_OPTION]"
    `);
    expect(ofKind('switch', { cases: { a: 5, b: null }, default: ['only'] })).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.only: has the option cases.a: 5. Give it the name of a step, or null for the end. [INVALID_OPTION]
        - Bot.only: has the option default: ["only"]. Give it the name of a step, or null for the end. [INVALID_OPTION]"
    `);
    expect(ofKind('sub', { of, each: 'yes', timeout: { frist: 1 } })).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.only: has the option each: "yes". Give it true or false. [INVALID_OPTION]
        - Bot.only: has an unknown option "timeout.frist". Known are: step, firstToken, idle. [INVALID_OPTION]"
    `);
    expect(ofKind('each', { onItemError: 'collect', concurrency: 1, timeout: { step: 1 } })).toBe('no problem');
    expect(ofKind('sub', { of, each: true, concurrency: 2, onItemError: 'skip' })).toBe('no problem');
    expect(ofKind('sub', { of, each: false, concurrency: 2, timeout: 5, goto: 'only' })).toBe('no problem');
  });

  it('one that only another decorator has', () => {
    const Child = buildPipeline({ name: 'Child', steps: [only] });
    const of = (): unknown => Child;
    expect(
      ofSteps(
        { name: 'a', to: 'b', options: { cases: { x: 'b' }, default: null, each: true, onItemError: 'skip' } },
        { name: 'b', kind: 'each', to: 'c', options: { goto: 'c' } },
        { name: 'c', kind: 'switch', to: 'd', options: { cases: { x: 'd' } } },
        { name: 'd', kind: 'sub', to: 'e', options: { of, onItemError: 'skip' } },
        { name: 'e', kind: 'sub', options: { of, each: true, goto: 'd' } },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 8 problems:
        - Bot.a: has the option cases, which a @Step doesn't have. Decorate it with @Switch, or name the steps in to. [INVALID_OPTION]
        - Bot.a: has the option default, which a @Step doesn't have. Decorate it with @Switch, or name the steps in to. [INVALID_OPTION]
        - Bot.a: has the option each, which a @Step doesn't have. Remove it, or run a pipeline per item with @SubPipeline(() => …, { each: true }). [INVALID_OPTION]
        - Bot.a: has the option onItemError, which a @Step doesn't have. Remove it, or let the step run once per item: @ForEach(), or each: true in a @SubPipeline. [INVALID_OPTION]
        - Bot.b: has the option goto, which a @ForEach doesn't have. Name the steps in to: an item can't choose where its each leads. [INVALID_OPTION]
        - Bot.c: has the option to, which a @Switch doesn't have. Name the steps in cases, with null for the end. [INVALID_OPTION]
        - Bot.d: has the option onItemError, which a @SubPipeline doesn't have. Remove it, or let the step run once per item: @ForEach(), or each: true in a @SubPipeline. [INVALID_OPTION]
        - Bot.e: has the option goto, which a @SubPipeline with each: true doesn't have. Name the steps in to: an item can't choose where its each leads. [INVALID_OPTION]"
    `);
  });

  it('limits between tokens where there are none', () => {
    const Child = buildPipeline({ name: 'Child', steps: [only] });
    const options = { timeout: { idle: 5 } };
    const streaming = { async *each() {} }.each;
    expect(
      ofSteps(
        { name: 'a', kind: 'each', to: 'b', options },
        { name: 'b', kind: 'switch', options: { ...options, cases: { x: 'c' } } },
        { name: 'c', kind: 'sub', options: { timeout: { firstToken: 5 }, of: () => Child } },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 3 problems:
        - Bot.a: limits the time between tokens, but its items have none. Use timeout: { step }, or write it as async *. [INVALID_OPTION]
        - Bot.b: limits the time between tokens, but a @Switch has none. Use timeout: { step }. [INVALID_OPTION]
        - Bot.c: limits the time between tokens, but a @SubPipeline has none. Use timeout: { step }. [INVALID_OPTION]"
    `);
    expect(ofSteps({ name: 'each', kind: 'each', body: streaming, options })).toBe('no problem');
    // What wraps a method may stream.
    expect(ofSteps({ name: 'only', kind: 'each', body: () => plain, options })).toBe('no problem');
  });

  it('entry, join and maxVisits where a loop is, and where none is', () => {
    expect(
      ofSteps(
        { name: 'a', join: 'any', to: 'b', options: { maxVisits: 2 } },
        { name: 'b', to: ['a', 'c'], options: { maxVisits: 2 } },
        { name: 'c', options: { maxVisits: 2 } },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.a: says join: "any", but only its own loop leads to it. Remove the option. [INVALID_OPTION]"
    `);
    expect(
      ofSteps(
        { name: 'start', to: 'a', options: { maxVisits: 2 } },
        { name: 'a', to: 'b' },
        { name: 'b', to: 'a', join: 'all', options: { entry: true } },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.start: says maxVisits, but no loop leads to it, so it runs once. Draw the loop, or remove the option. [INVALID_OPTION]
        - Bot.b: says entry: true, but "start" leads to its loop. Remove one of the two. [INVALID_OPTION]"
    `);
  });

  it('those of hooks and handlers', () => {
    const Bot = buildPipeline({ name: 'Bot', steps: [only] });
    addMember(Bot, 'OnStartup', { per: 'request' }, 'setup', plain);
    addMember(Bot, 'OnShutdown', { pre: 'run' }, 'cleanup', plain);
    addMember(Bot, 'OnError', { to: 'only' }, 'report', plain);
    expect(messageOf(Bot)).toMatchInlineSnapshot(`
      "Bot can't run, it has 3 problems:
        - Bot.setup: has the option per: "request". Give it "instance" or "run". [INVALID_OPTION]
        - Bot.cleanup: has an unknown option "pre". Did you mean "per"? Known are: per. [INVALID_OPTION]
        - Bot.report: has an unknown option "to". Remove it. [INVALID_OPTION]"
    `);
  });

  it('those of static pipeline', () => {
    expect(
      ofPipeline({
        name: '',
        cancelGrace: -1,
        hookTimeout: '10s',
        cancelgrace: 5,
        merge: { hits: 'concat', total: 'sum' },
      }),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 5 problems:
        - Bot.pipeline: has the option name: "". Give it a name that is not empty. [INVALID_OPTION]
        - Bot.pipeline: has the option cancelGrace: -1. Give it a number of milliseconds from 0 to 2,147,483,647. [INVALID_OPTION]
        - Bot.pipeline: has the option hookTimeout: "10s". Give it a number of milliseconds from 0 to 2,147,483,647. [INVALID_OPTION]
        - Bot.pipeline: has an unknown option "cancelgrace". Did you mean "cancelGrace"? Known are: name, merge, cancelGrace, hookTimeout, maxVisits, migrate, middleware. [INVALID_OPTION]
        - Bot.pipeline: has the option merge.hits: "concat". Give it "sum", "append" or a function (base, committed, mine) => value. [INVALID_OPTION]"
    `);
    expect(ofPipeline({ merge: ['hits'] })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.pipeline: has the option merge: ["hits"]. Give it an object of rules by field of the state. [INVALID_OPTION]"
    `);
    expect(ofPipeline('bot')).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.pipeline: is no object. Write static readonly pipeline = { … }. [INVALID_OPTION]"
    `);
    expect(ofPipeline({ name: 'bot', cancelGrace: 0, hookTimeout: 0, merge: { a: 'append', b: () => 1 } })).toBe(
      'no problem',
    );
  });
});
