import { describe, expect, it } from 'vitest';
import { compile } from '../../src/plan/compile.js';
import type { PipelineClass } from '../../src/scanner/pipeline-class.js';
import * as flows from '../types/flows.js';
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

  it.each([
    ['Agent', ['*think > route', 'route > callTool conclude', 'callTool > think', 'conclude >']],
    ['Summaries', ['*list > load', 'load > summarise', 'summarise > total', 'total >']],
    ['LazySummaries', ['*list > load', 'load > total', 'total >']],
    ['Approval', ['*check > decide', 'decide > pay', 'pay >']],
    ['TwoApprovals', ['*decide > pay', '*second > pay reject', 'pay >', 'reject >']],
    ['Researcher', ['*look > think', 'think >']],
    ['Reporter', ['*research > write', 'write > check', 'check > sign', 'sign >']],
    ['Safe', ['*search > rerank', 'rerank > search pick', 'pick >']],
  ] as const)('%s builds its plan', (name, graph) => {
    expect(graphOf(flows[name])).toEqual(graph);
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

  it('call tools until there is an answer', async () => {
    const answer = 'It is noon and sunny in Brno.';
    expect(await flows.agent()).toEqual([[0, 1], 'done', answer, answer, ['user', 'model', 'tool', 'tool', 'model']]);
  });

  it('map over a list, one item retried, and over something lazy', async () => {
    expect(await flows.summaries()).toEqual([['0 a', '1 bcbc', 'a,bc'], [1, 4], 5, 'a of 2bc of 2', 3]);
  });

  it('wait for people, and go on with what they say', async () => {
    expect(await flows.approval()).toEqual([true, 'success', true, [500, 'sure?'], true, 'yes']);
  });

  it('run another pipeline, once and per item', async () => {
    const tokens = ['research think 1', 'write on tea', 'check[0] think 1'];
    expect(await flows.report()).toEqual([tokens, [1, 1], 'on tea (on on tea)', 1]);
  });

  it('jump, retry and fall back', async () => {
    const searches = ['done', 'done', 'done'];
    expect(await flows.safe()).toEqual([1, searches, 'search: nothing to search for', 'not taken']);
  });
});
