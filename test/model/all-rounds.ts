import { allGraphs, products, subsetsOf } from './all-graphs.js';
import type { ModelAct, ModelStep } from './model-graph.js';

/** A graph with, for each of its steps, everything that it may do: one list of acts is its behaviour by visit. */
export interface Choice {
  readonly steps: readonly ModelStep[];
  readonly acts: readonly (readonly (readonly ModelAct[])[])[];
}

type Back = 'goto' | 'to' | 'case';

/**
 * Every graph of `allGraphs` with jumps of one or two steps back to one that dominates them, said in one way: by `goto`
 * (once, instead of going on), by `to` (once, and going on as well), or by the cases of a switch, which then is every step
 * with an edge.
 */
export function* allLoops(size: number): Generator<Choice> {
  for (const steps of allGraphs(size)) {
    for (const [header] of steps.entries()) {
      const inside = steps.flatMap((_, i) => (dominates(steps, header, i) ? [i] : []));
      const sources = subsetsOf(inside.length).filter((subset) => subset.length <= 2);
      for (const subset of sources) {
        const jumpers = subset.map((i) => steps[inside[i]].name);
        for (const back of ['goto', 'to', 'case'] as const) yield choiceOf(steps, steps[header].name, jumpers, back);
      }
    }
  }
}

/** Every combination of what the steps do, each as the steps themselves. */
export function* allBehaviours({ steps, acts }: Choice): Generator<readonly ModelStep[]> {
  for (const chosen of products(acts)) yield steps.map((step, i) => ({ ...step, acts: chosen[i] }));
}

/** Whether every way from the beginning to a step leads through the other one. */
function dominates(steps: readonly ModelStep[], header: number, index: number): boolean {
  if (header === index) return true;
  const parents = steps.flatMap(({ to }, i) => (to.includes(steps[index].name) ? [i] : []));
  return parents.length > 0 && parents.every((parent) => dominates(steps, header, parent));
}

function choiceOf(steps: readonly ModelStep[], header: string, jumpers: readonly string[], back: Back): Choice {
  const made = steps.map((step) => {
    const entry = step.name === header && step === steps[0] && { entry: true };
    return withJump({ ...step, ...entry }, jumpers.includes(step.name) ? header : undefined, back);
  });
  return { steps: made.map(([step]) => step), acts: made.map(([, acts]) => acts) };
}

const act = (does: ModelAct['does'], more: Partial<ModelAct> = {}): ModelAct => ({ does, writes: [], ...more });
const DONE = act('done');

/** After its first visit a step goes on without a jump, so that every loop ends. */
function withJump(
  step: ModelStep,
  header: string | undefined,
  back: Back,
): readonly [ModelStep, readonly (readonly ModelAct[])[]] {
  const ordinary = [[DONE], [act('skip'), DONE], [act('fail'), DONE]];
  if (back === 'case') return asSwitch(step, header);
  if (header === undefined) return [step, ordinary];
  if (back === 'goto') {
    return [{ ...step, goto: [header] }, [[act('goto', { target: header }), DONE], [DONE], [act('fail'), DONE]]];
  }
  const last = step.to.length > 0 ? act('goto', { target: step.to[0] }) : act('skip');
  const forward = step.to.length > 0 && { goto: [step.to[0]] };
  return [{ ...step, to: [...step.to, header], ...forward }, [[DONE, last], [last], [act('fail'), last]]];
}

function asSwitch(step: ModelStep, header: string | undefined): readonly [ModelStep, readonly (readonly ModelAct[])[]] {
  const targets = [...step.to, ...(header === undefined ? [] : [header])];
  if (targets.length === 0) return [step, [[DONE], [act('fail')]]];
  const cases = { ...Object.fromEntries(targets.map((to) => [to, to])), end: null };
  const last = act('done', { key: step.to[0] ?? 'end' });
  const choices = [...targets, 'end'].map((key) => [act('done', { key }), last]);
  return [{ ...step, kind: 'switch', to: [], cases }, [...choices, [act('fail', { key: 'end' }), last]]];
}
