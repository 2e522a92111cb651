import { expect, it } from 'vitest';
import { buildPipeline } from '../../support/build-class.js';
import { errorOf, messageOf } from './message-of.js';

const streaming = { async *respond() {} }.respond;

it('a misspelt name is one mistake, not also a step that nothing leads to or a handler that nobody names', () => {
  const Bot = buildPipeline({
    name: 'Bot',
    steps: [
      { name: 'start', to: 'respnd', options: { onError: 'apologize' } },
      { name: 'respond', join: 'all' },
    ],
    handlers: [{ name: 'apologise' }, { name: 'report' }],
  });
  expect(messageOf(Bot).match(/\[[A-Z_]+\]/g)).toEqual(['[UNKNOWN_TARGET]', '[UNKNOWN_HANDLER]']);
});

it('ten mistakes are listed at once, in order of declaration', () => {
  const Bot = buildPipeline({
    name: 'Bot',
    pipeline: { merge: { hits: 'concat' } },
    steps: [
      { name: 'start', to: ['serach', 'search'], options: { retry: 0 } },
      { name: 'search', to: ['answer', 'answer'], options: { onError: 'noHits' } },
      { name: 'answer', kind: 'streaming', body: { answer() {} }.answer, to: 'close' },
      { name: 'close', body: streaming },
    ],
    hooks: [{ name: 'setup', on: 'startup', body: streaming }],
    handlers: [{ name: 'report' }, { name: 'log' }],
  });
  expect(messageOf(Bot)).toMatchInlineSnapshot(`
    "Bot can't run, it has 10 problems:
      - Bot.pipeline: has the option merge.hits: "concat". Give it "sum", "append" or a function (base, committed, mine) => value. [INVALID_OPTION]
      - Bot.start: has the option retry: 0. Give it the number of all attempts, 1 or more, or { attempts, … }. [INVALID_OPTION]
      - Bot.start: leads to "serach", which is no step. Did you mean "search"? Name one of the steps: start, search, answer, close. [UNKNOWN_TARGET]
      - Bot.search: leads to "answer" more than once. Name it once: a step takes one output from each step that leads to it. [DUPLICATE_TARGET]
      - Bot.search: names the handler "noHits", which doesn't exist. Name one of the handlers: report, log. [UNKNOWN_HANDLER]
      - Bot.answer: is @Streaming, but its method is no async generator. Write async *answer() { … yield … }, or decorate it with @Step(). [NOT_A_GENERATOR]
      - Bot.close: can't be a step: the name close belongs to Pipeline. Rename the method. [RESERVED_STEP_NAME]
      - Bot.close: is a @Step, but its method is an async generator. Decorate it with @Streaming(). [GENERATOR_UNDER_STEP]
      - Bot.setup: is a lifecycle hook, but its method is a generator, and a hook has nobody to stream to. Write it without *; it may be async. [GENERATOR_HOOK]
      - Bot.log: is a second catch-all beside Bot.report: no step names either of them. Name it in the option onError of a step, or give it the name report to override that one. [SECOND_CATCH_ALL]"
  `);
  const error = errorOf(Bot)!;
  expect(error.code).toBe('BLUEPRINT_INVALID');
  expect(error.problems).toHaveLength(10);
});
