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

  it('a jump, a case and a default that lead to no step', () => {
    expect(
      ofSteps(
        { name: 'start', to: 'rout', options: { goto: ['finsh', 'rout'] } },
        {
          name: 'route',
          kind: 'switch',
          options: { cases: { refund: 'pya', 'no "refund"': 'end', none: null }, default: 'fnish', goto: 'helper' },
        },
        { name: 'pay', to: 'finish' },
        { name: 'finish' },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 7 problems:
        - Bot.start: leads to "rout", which is no step. Did you mean "route"? Name one of the steps: start, route, pay, finish. [UNKNOWN_TARGET]
        - Bot.start: may go to "finsh", which is no step. Did you mean "finish"? Name one of the steps: start, route, pay, finish. [UNKNOWN_TARGET]
        - Bot.start: may go to "rout", which is no step. Did you mean "route"? Name one of the steps: start, route, pay, finish. [UNKNOWN_TARGET]
        - Bot.route: may go to "helper", which is no step. Name one of the steps: start, route, pay, finish. [UNKNOWN_TARGET]
        - Bot.route: leads the case "refund" to "pya", which is no step. Did you mean "pay"? Name one of the steps: start, route, pay, finish. [UNKNOWN_TARGET]
        - Bot.route: leads the case "no \\"refund\\"" to "end", which is no step. Name one of the steps: start, route, pay, finish. [UNKNOWN_TARGET]
        - Bot.route: leads by default to "fnish", which is no step. Did you mean "finish"? Name one of the steps: start, route, pay, finish. [UNKNOWN_TARGET]"
    `);
  });

  it('a jump to a hook, a case to a handler, a default to a method without a decorator', () => {
    const Bot = buildPipeline({
      name: 'Bot',
      steps: [{ name: 'route', kind: 'switch', options: { cases: { a: 'report' }, default: 'helper', goto: 'setup' } }],
      hooks: [{ name: 'setup', on: 'startup' }],
      handlers: [{ name: 'report' }],
    });
    Object.defineProperty(Bot.prototype, 'helper', { value: plain });
    expect(messageOf(Bot)).toMatchInlineSnapshot(`
      "Bot can't run, it has 3 problems:
        - Bot.route: may go to "setup", which is a startup hook. Name a step in the option goto. [UNKNOWN_TARGET]
        - Bot.route: leads the case "a" to "report", which is a handler. Name a step in the option cases. [UNKNOWN_TARGET]
        - Bot.route: leads by default to "helper", a method without a decorator. Decorate it with @Step() or @Streaming(). [UNKNOWN_TARGET]"
    `);
  });

  it('a jump named twice; the same step by another option or case is one edge', () => {
    expect(ofSteps({ name: 'start', to: 'a', options: { goto: ['a', 'b', 'a'] } }, { name: 'a' }, { name: 'b' }))
      .toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.start: may go to "a" more than once. Name it once in the option goto. [DUPLICATE_TARGET]"
    `);
    const cases = { one: 'a', two: 'a' };
    expect(
      ofSteps(
        { name: 'start', to: 'route', options: { goto: 'route' } },
        { name: 'route', kind: 'switch', options: { cases, default: 'a', goto: 'a' } },
        { name: 'a' },
      ),
    ).toBe('no problem');
  });

  it('a switch without cases', () => {
    const ofSwitch = (options: object): string => ofSteps({ name: 'route', kind: 'switch', options: { ...options } });
    expect(ofSwitch({})).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.route: is a @Switch without any case. Give it the option cases, a step or null by each key that it returns: { refund: 'pay', thanks: null }. [SWITCH_WITHOUT_CASES]"
    `);
    expect(ofSwitch({ cases: {}, default: null })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.route: is a @Switch without any case but its default. Give it the option cases, a step or null by each key that it returns: { refund: 'pay', thanks: null }. [SWITCH_WITHOUT_CASES]"
    `);
    expect(ofSwitch({ cases: { a: undefined } })).toContain('[SWITCH_WITHOUT_CASES]');
    expect(ofSwitch({ cases: { a: null } })).toBe('no problem');
  });
});
