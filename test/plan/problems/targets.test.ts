import { describe, expect, it } from 'vitest';
import { buildPipeline } from '../../support/build-class.js';
import { messageOf, ofSteps } from './message-of.js';

const plain = { respond() {} }.respond;

describe('targets', () => {
  it('a target that is no step', () => {
    expect(ofSteps({ name: 'start', to: ['respnd', 'elsewhere'] }, { name: 'respond' })).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.start: leads to "respnd", which is no step. Did you mean "respond"? Name one of the steps: start, respond. [UNKNOWN_TARGET]
        - Bot.start: leads to "elsewhere", which is no step. Name one of the steps: start, respond. [UNKNOWN_TARGET]"
    `);
  });

  it('a target that is no step among very many', () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ name: `worker${index}` }));
    const start = { name: 'start', to: ['zzz', ...many.map(({ name }) => name)] };
    expect(ofSteps(start, ...many)).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.start: leads to "zzz", which is no step. Name one of the steps: start, worker0, worker1, worker2, worker3, worker4, worker5, worker6, worker7, worker8, worker9, worker10, … (9 more). [UNKNOWN_TARGET]"
    `);
  });

  it('a target without a decorator, a hook, a handler', () => {
    const Bot = buildPipeline({
      name: 'Bot',
      steps: [{ name: 'start', to: ['setup', 'report', 'helper'] }],
      hooks: [{ name: 'setup', on: 'startup' }],
      handlers: [{ name: 'report' }],
    });
    Object.defineProperty(Bot.prototype, 'helper', { value: plain });
    expect(messageOf(Bot)).toMatchInlineSnapshot(`
      "Bot can't run, it has 3 problems:
        - Bot.start: leads to "setup", which is a startup hook. Name a step in the option to. [UNKNOWN_TARGET]
        - Bot.start: leads to "report", which is a handler. Name a step in the option to. [UNKNOWN_TARGET]
        - Bot.start: leads to "helper", a method without a decorator. Decorate it with @Step() or @Streaming(). [UNKNOWN_TARGET]"
    `);
  });

  it('a target named twice', () => {
    expect(ofSteps({ name: 'start', to: ['a', 'b', 'a', 'a'] }, { name: 'a' }, { name: 'b' })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.start: leads to "a" more than once. Name it once: a step takes one output from each step that leads to it. [DUPLICATE_TARGET]"
    `);
  });
});
