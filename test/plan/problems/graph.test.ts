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

  it('a step that only a loop leads to', () => {
    expect(ofSteps({ name: 'start' }, { name: 'a', to: 'b' }, { name: 'b', to: ['a', 'c'] }, { name: 'c' }))
      .toMatchInlineSnapshot(`
        "Bot can't run, it has 2 problems:
          - Bot.a: can't be reached from the beginning of a run (start). Name it in the option to of a step that can be. [UNREACHABLE_STEP]
          - Bot.a: is part of a loop: a → b → a. Loops come in a later version: loop inside one step, or write the rounds out as steps. [LOOP_NOT_SUPPORTED]"
      `);
  });

  it('a loop', () => {
    expect(
      ofSteps(
        { name: 'start', to: 'think' },
        { name: 'act', to: 'think' },
        { name: 'think', to: ['act', 'answer'] },
        { name: 'answer' },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.act: is part of a loop: act → think → act. Loops come in a later version: loop inside one step, or write the rounds out as steps. [LOOP_NOT_SUPPORTED]"
    `);
  });

  it('a step that leads to itself', () => {
    expect(ofSteps({ name: 'again', to: 'again' })).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot.again: is part of a loop: again → again. Loops come in a later version: loop inside one step, or write the rounds out as steps. [LOOP_NOT_SUPPORTED]"
    `);
  });

  it('two loops, nested ones as one', () => {
    expect(
      ofSteps(
        { name: 'start', to: ['a', 'x'] },
        { name: 'a', to: 'b' },
        { name: 'b', to: ['a', 'c'] },
        { name: 'c', to: 'a' },
        { name: 'x', to: 'y' },
        { name: 'y', to: 'z' },
        { name: 'z', to: 'x' },
      ),
    ).toMatchInlineSnapshot(`
      "Bot can't run, it has 2 problems:
        - Bot.a: is part of a loop: a → b → a. Loops come in a later version: loop inside one step, or write the rounds out as steps. [LOOP_NOT_SUPPORTED]
        - Bot.x: is part of a loop: x → y → z → x. Loops come in a later version: loop inside one step, or write the rounds out as steps. [LOOP_NOT_SUPPORTED]"
    `);
  });

  it('no step', () => {
    expect(messageOf(buildPipeline({ name: 'Bot' }))).toMatchInlineSnapshot(`
      "Bot can't run, it has 1 problem:
        - Bot: has no step. Decorate a method with @Step() or @Streaming(). [EMPTY_PIPELINE]"
    `);
  });
});
