import { describe, expect, it } from 'vitest';
import { compile } from '../../src/plan/compile.js';
import type { PipelineClass } from '../../src/scanner/pipeline-class.js';
import * as programs from '../types/programs.js';

/** Each step with those it leads to; `*` marks where a run begins. */
function graphOf(pipelineClass: PipelineClass): string[] {
  const { steps, entries } = compile(pipelineClass).plan;
  return steps.map(({ id, name, to }) => {
    const targets = to.map((target) => steps[target].name).join(' ');
    return `${entries.includes(id) ? '*' : ''}${name} > ${targets}`.trimEnd();
  });
}

describe('the programs of the type tests', () => {
  it.each([
    ['Chatbot', ['*start > respond', 'respond >']],
    ['Rag', ['*ask > web docs', 'web > merge', 'docs > merge', 'merge > rerank', 'rerank > answer', 'answer >']],
    ['Rag2', ['*ask > web docs', 'web > merge', 'docs > merge', 'merge > rerank', 'rerank > answer', 'answer >']],
    ['English', ['*begin > answer', 'answer >']],
    ['Czech', ['*prepare > begin', 'begin > answer', 'answer > log', 'log >']],
    ['Generic', ['*a > b', 'b >']],
    ['AuditedEnglish', ['*begin > answer', '*audit > note', '*more > answer note', 'answer >', 'note >']],
  ] as const)('%s builds its plan', (name, graph) => {
    expect(graphOf(programs[name])).toEqual(graph);
  });

  it('chat', async () => {
    const words = ['one', 'event', 'ONE', 'STEP', 'ALL', 'STEPS'];
    expect(await programs.chat()).toEqual([...words, 'success', 'X', 'X', 'done']);
  });

  it('retrieve', async () => {
    expect(await programs.rag()).toEqual([{ used: 2 }, 'q', [{ id: 'q', score: 1 }], 'success']);
  });

  it('inherit, and are run by what knows no class', async () => {
    const english = 'answer: hi q';
    expect(await programs.inherit()).toEqual([
      ...[english, english],
      'q',
      ...['hi q', 'cs'],
      ...['respond', 'respond', 'undefined'],
    ]);
  });

  it('fit one list, whatever their state and context', () => {
    expect(programs.widen()).toBe(5);
  });
});
