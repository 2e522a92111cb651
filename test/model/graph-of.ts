import type { ModelAct, ModelGraph, ModelStep, Write } from './model-graph.js';

interface Short extends Partial<Omit<ModelStep, 'name' | 'to' | 'goto' | 'acts'>> {
  /** Names, by spaces. */
  readonly to?: string;
  readonly goto?: string;
  /** What it does in each visit, by spaces: `fail`, `goto:b`, `:key` of a switch, `*3` returning three things; done by default. */
  readonly does?: string;
  readonly writes?: readonly Write[];
}

/** A graph in few words: what is left out is an ordinary step that is done. */
export function graphOf(
  steps: Readonly<Record<string, Short>>,
  rest: Partial<Omit<ModelGraph, 'steps'>> = {},
): ModelGraph {
  return {
    state: {},
    merge: {},
    ...rest,
    steps: Object.entries(steps).map(([name, { to, goto, does = 'done', writes = [], ...step }]) => ({
      name,
      ...step,
      to: to?.split(' ') ?? [],
      ...(goto && { goto: goto.split(' ') }),
      acts: does.split(' ').map((word) => ({ ...actOf(word), writes })),
    })),
  };
}

function actOf(word: string): Omit<ModelAct, 'writes'> {
  if (word.startsWith('*')) return { does: 'done', size: Number(word.slice(1)) };
  const [does, detail] = word.split(':');
  if (does === '') return { does: 'done', key: detail };
  return { does: does as ModelAct['does'], ...(does === 'goto' && { target: detail }) };
}
