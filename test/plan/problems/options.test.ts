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
        - Bot.only: has an unknown option "retyr". Did you mean "retry"? Known are: to, join, retry, timeout, onError, concurrency, entry, meta. [INVALID_OPTION]
        - Bot.only: has an unknown option "onerror". Did you mean "onError"? Known are: to, join, retry, timeout, onError, concurrency, entry, meta. [INVALID_OPTION]
        - Bot.only: has an unknown option "parallel". Known are: to, join, retry, timeout, onError, concurrency, entry, meta. [INVALID_OPTION]
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
        - Bot.pipeline: has an unknown option "cancelgrace". Did you mean "cancelGrace"? Known are: name, merge, cancelGrace, hookTimeout. [INVALID_OPTION]
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
