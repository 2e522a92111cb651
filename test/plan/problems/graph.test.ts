import { describe, expect, it } from 'vitest';
import { buildPipeline } from '../../support/build-class.js';
import { messageOf, ofSteps } from './message-of.js';

describe('the graph', () => {
  it('several beginnings', () => {
    expect(ofSteps({ name: 'start' }, { name: 'respond', to: 'log' }, { name: 'log' })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot: nothing leads to the 2 steps start, respond, and a run begins at one. Name all but one in the option to of the step before it, or give each of them entry: true. [SEVERAL_BEGINNINGS]"
    `);
  });

  it('a beginning beside others that say entry', () => {
    const entry = { entry: true };
    expect(
      ofSteps(
        { name: 'a', options: entry },
        { name: 'b', options: entry },
        { name: 'orphan', to: 'child' },
        { name: 'child' },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.orphan: can't be reached from the beginning of a run (a, b). Name it in the option to of a step that can be, or give it entry: true. [UNREACHABLE_STEP]"
    `);
  });

  it('a loop beside a beginning', () => {
    const loop = [{ name: 'a', to: 'b' }, { name: 'b', to: ['a', 'c'] }, { name: 'c' }];
    expect(ofSteps({ name: 'start' }, ...loop)).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot: nothing leads to start or to the loop of a and b, and a run begins at one. Name all but one in the option to of the step before it, or give each of them entry: true. [SEVERAL_BEGINNINGS]"
    `);
    expect(ofSteps({ name: 'start', options: { entry: true } }, ...loop)).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.a: can't be reached from the beginning of a run (start). Name it in the option to of a step that can be, or give it entry: true. [UNREACHABLE_STEP]"
    `);
    const [a, b, c] = loop;
    expect(ofSteps({ name: 'start' }, a, { ...b, options: { entry: true } }, c)).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.start: can't be reached from the beginning of a run (b). Name it in the option to of a step that can be, or give it entry: true. [UNREACHABLE_STEP]"
    `);
  });

  it('jumps and cases lead somewhere too', () => {
    expect(
      ofSteps(
        { name: 'start', to: 'route' },
        { name: 'route', kind: 'switch', options: { cases: { a: 'one', b: null }, default: 'two', goto: 'three' } },
        { name: 'one', options: { goto: ['four', 'start'] } },
        { name: 'two' },
        { name: 'three' },
        { name: 'four' },
      ),
    ).toBe('no problem');
  });

  it('loops: of two steps, of one, inside one another, at the beginning, with no way out', () => {
    expect(
      ofSteps(
        { name: 'start', to: 'think' },
        { name: 'act', to: 'think' },
        { name: 'think', options: { goto: ['act', 'answer'] } },
        { name: 'answer' },
      ),
    ).toBe('no problem');
    expect(ofSteps({ name: 'again', to: 'again' })).toBe('no problem');
    expect(ofSteps({ name: 'a', to: 'b' }, { name: 'b', to: ['a', 'c'] }, { name: 'c', to: 'a' })).toBe('no problem');
    const entered = [
      { name: 'b', to: 'c' },
      { name: 'c', to: ['b', 'a'] },
    ];
    expect(ofSteps({ name: 'start', to: 'a' }, { name: 'a', to: 'b' }, ...entered)).toBe('no problem');
    expect(ofSteps({ name: 'a', to: 'b' }, { name: 'b', to: 'a', options: { entry: true } })).toBe('no problem');
  });

  it('a loop that is entered at two steps', () => {
    expect(
      ofSteps(
        { name: 'start', to: ['think', 'plan'] },
        { name: 'plan', to: 'act' },
        { name: 'think', to: 'check' },
        { name: 'check', to: 'act' },
        { name: 'act', options: { goto: ['think', 'check'] } },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.think: is part of a loop that is entered at think and at act: think → check → act → think. Enter it at one step: remove the edge from plan to act, which can read outputs.plan. [LOOP_WITH_TWO_HEADERS]"
    `);
  });

  it('a loop at the beginning that says twice where', () => {
    const entry = { entry: true };
    expect(ofSteps({ name: 'a', to: 'b', options: entry }, { name: 'b', to: 'a', options: entry }))
      .toMatchInlineSnapshot(`
        "Bot can't run, it has 1 problem:
          - Bot.a: is part of a loop that is entered at a and at b: a → b → a. Let only one of them say entry: true. [LOOP_WITH_TWO_HEADERS]"
      `);
  });

  it('a loop inside a loop that is entered at two steps', () => {
    expect(
      ofSteps(
        { name: 'start', to: 'outer' },
        { name: 'outer', to: ['x', 'y'] },
        { name: 'x', to: 'y' },
        { name: 'y', options: { goto: ['x', 'outer'] } },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.x: is part of a loop that is entered at x and at y: x → y → x. Enter it at one step: remove the edge from outer to y, which can read outputs.outer. [LOOP_WITH_TWO_HEADERS]"
    `);
  });

  it('two such loops; what is inside them is not asked', () => {
    expect(
      ofSteps(
        { name: 'start', to: ['a', 'b', 'x', 'y'] },
        { name: 'a', to: ['b', 'c'] },
        { name: 'b', to: ['a', 'c'] },
        { name: 'c', to: ['a', 'b'] },
        { name: 'x', to: 'y' },
        { name: 'y', to: 'z' },
        { name: 'z', to: 'x' },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.a: is part of a loop that is entered at a and at b: a → b → a. Enter it at one step: remove the edge from start to b, which can read outputs.start. [LOOP_WITH_TWO_HEADERS]
        - Bot.x: is part of a loop that is entered at x and at y: x → y → z → x. Enter it at one step: remove the edge from start to y, which can read outputs.start. [LOOP_WITH_TWO_HEADERS]"
    `);
  });

  it('no step', () => {
    expect(messageOf(buildPipeline({ name: 'Bot' }))).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot: has no step. Decorate a method with @Step() or @Streaming(). [EMPTY_PIPELINE]"
    `);
  });
});
