import type { Draft, DraftAct } from './arbitrary-draft.js';
import type { ModelAct, ModelHandler, ModelStep } from './model-graph.js';
import { isPerItem } from './model-behaviour.js';

export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];

interface Sketch {
  readonly drafts: readonly Draft[];
  readonly index: number;
  /** Numbers of the steps that it leads to: forwards, and back. */
  readonly forward: readonly number[];
  readonly back: readonly number[];
}

/** The step of a draft, with everything made to fit what the other drafts say. */
export function toStep(drafts: readonly Draft[], index: number, children: number): ModelStep {
  const draft = drafts[index];
  const forward = drafts.flatMap(({ parents }, child) => (parents.includes(index) ? [child] : []));
  const sketch: Sketch = { drafts, index, forward, back: jumpsOf(drafts, index) };
  const kind = kindOf(drafts, index, children);
  const lonely = draft.parents.length === 0;
  const begin = lonely && drafts.filter(({ parents }) => parents.length === 0).length > 1;
  const jumpedTo = drafts.some((_, other) => jumpsOf(drafts, other).includes(index));
  const edges =
    kind.kind === 'switch' ? casesOf(sketch) : edgesOf(sketch, isPerItem({ ...draft, ...kind } as ModelStep));
  const shape = {
    name: NAMES[index],
    ...kind,
    ...edges,
    ...(!lonely && draft.join && { join: draft.join }),
    ...(lonely && (begin || jumpedTo) && { entry: true }),
    ...(draft.attempts && { attempts: draft.attempts }),
  };
  const bare = shape as Omit<ModelStep, 'acts'>;
  return {
    ...bare,
    acts: draft.acts.map((act, i) => toAct(act, bare, sketch, i === draft.acts.length - 1)),
    ...(draft.handler && { handler: toHandler(draft.handler, bare) }),
  };
}

/** A switch needs cases, a step per item an array, a sub-pipeline step a child. */
function kindOf(
  drafts: readonly Draft[],
  index: number,
  children: number,
): Partial<ModelStep> & Pick<ModelStep, 'kind'> {
  const { kind, each, child, concurrency, onItemError } = drafts[index];
  const perItem = { ...(concurrency && { concurrency }), ...(onItemError && { onItemError }) };
  const fed = isFed(drafts, index, children);
  if (kind === 'each') return fed ? { kind, ...perItem } : { kind: 'step' };
  if (kind === 'sub' && children === 0) return { kind: 'step' };
  if (kind === 'sub') return { kind, child: child % children, ...(each && fed && { each, ...perItem }) };
  const ends = drafts.some(({ parents }) => parents.includes(index)) || jumpsOf(drafts, index).length > 0;
  return kind === 'switch' && !ends ? { kind: 'step' } : { kind };
}

/** Whether everything that leads to it returns arrays if it is asked to. */
function isFed(drafts: readonly Draft[], index: number, children: number): boolean {
  const sources = drafts.filter((_, i) => drafts[index].parents.includes(i) || jumpsOf(drafts, i).includes(index));
  const gives = ({ kind }: Draft): boolean => kind !== 'switch' && (kind !== 'sub' || children === 0);
  return drafts[index].parents.length > 0 && sources.every(gives);
}

/** Jumps lead to dominators alone, so that every loop has one header. */
function jumpsOf(drafts: readonly Draft[], index: number): readonly number[] {
  const { jumps, kind, each, ways } = drafts[index];
  const always = kind === 'each' || (kind === 'sub' && each);
  if (jumps.length === 0 || (always && ways[0] !== 4)) return [];
  const found = dominators(drafts, index);
  return [...new Set(jumps.map((jump) => found[jump % found.length]))];
}

/** Itself, and the steps that every way from a beginning to it leads through. */
function dominators(drafts: readonly Draft[], index: number): readonly number[] {
  const { parents } = drafts[index];
  const [first = [], ...others] = parents.map((parent) => dominators(drafts, parent));
  return [...first.filter((name) => others.every((list) => list.includes(name))), index];
}

/** Most jumps are gotos: a plain return that jumps each time comes to no end but that of `maxVisits`. */
function edgesOf({ drafts, index, forward, back }: Sketch, perItem: boolean): Pick<ModelStep, 'to' | 'goto'> {
  const { ways, acts } = drafts[index];
  const wild = acts.some(({ does }) => does === 'goto');
  const way = (i: number): number => (perItem || !wild ? 0 : ways[i % ways.length] % 4);
  const to = forward.filter((_, i) => way(i) !== 2);
  const goto = forward.filter((_, i) => way(i) > 1);
  const always = back.filter((_, i) => perItem || ways[i % ways.length] === 7);
  const once = perItem ? [] : back.filter((one) => !always.includes(one) || ways[0] % 2 === 0);
  return {
    to: named([...to, ...always]),
    ...(goto.length + once.length > 0 && { goto: named([...goto, ...once]) }),
  };
}

const named = (numbers: readonly number[]): readonly string[] => numbers.map((i) => NAMES[i]);

function casesOf({ drafts, index, forward, back }: Sketch): Pick<ModelStep, 'to' | 'goto' | 'cases' | 'otherwise'> {
  const { ways, ending, otherwise } = drafts[index];
  const all = named([...forward, ...back]);
  const byGoto = all.filter((_, i) => i > 0 && ways[i % ways.length] % 5 === 0);
  const byCase = all.filter((name) => !byGoto.includes(name));
  const cases = [
    ...byCase,
    ...(ways[1] % 6 === 0 ? [byCase[0]] : []),
    ...(ending || forward.length === 0 ? [null] : []),
  ];
  return {
    to: [],
    ...(byGoto.length > 0 && { goto: byGoto }),
    cases: Object.fromEntries(cases.map((target, i) => [`k${i}`, target])),
    ...(otherwise !== undefined && { otherwise: [...all, null][otherwise % (all.length + 1)] }),
  };
}

type Shape = Omit<ModelStep, 'acts'>;

function toAct(draft: DraftAct, step: Shape, { back, drafts }: Sketch, last: boolean): ModelAct {
  const { pick, bare, size, failures, again, tokens, does, writes } = draft;
  const gotos = isPerItem(step as ModelStep) ? [] : (step.goto ?? []);
  const calm = <T extends string | null>(targets: readonly T[]): readonly T[] => {
    const forwards = targets.filter((name) => name === null || !named(back).includes(name));
    return last && pick !== 5 && forwards.length > 0 ? forwards : targets;
  };
  const targets = calm(gotos);
  const target: string | undefined = targets[pick % targets.length];
  const goes = does === 'goto' && target !== undefined && (!last || pick === 5 || !named(back).includes(target));
  const per = goes && drafts[NAMES.indexOf(target)].kind;
  const fails = failures && step.attempts ? { failures, again } : {};
  return {
    does: does === 'goto' && !goes ? 'done' : does,
    writes,
    size,
    ...(goes && { target: target, ...(bare && per !== 'each' && per !== 'sub' && { bare }) }),
    ...(step.kind === 'switch' && { key: keyFor(step, pick, calm) }),
    ...fails,
    ...(step.kind === 'streaming' && tokens && { tokens }),
  };
}

/** Now and then one that no case has. */
function keyFor(
  { cases = {} }: Shape,
  pick: number,
  calm: (targets: (string | null)[]) => readonly (string | null)[],
): string {
  if (pick === 59) return 'none';
  const among = calm(Object.values(cases));
  const keys = Object.keys(cases).filter((key) => among.includes(cases[key]));
  return keys[pick % keys.length];
}

function toHandler({ does, writes, pick }: NonNullable<Draft['handler']>, step: Shape): ModelHandler {
  const gotos = isPerItem(step as ModelStep) ? [] : (step.goto ?? []);
  if (does === 'goto' && gotos.length > 0) return { does, writes, target: gotos[pick % gotos.length] };
  const keys = Object.keys(step.cases ?? {});
  const key = step.kind === 'switch' && { key: keys[pick % keys.length] };
  return { does: does === 'goto' ? 'recover' : does, writes, ...key };
}
