import type { ModelStep } from './model-graph.js';
import { findLoops, targetsOf, type ModelLoop } from './model-loops.js';

/** Questions about a graph, each answered by looking at all of it; answers are kept because tests ask often. */
export interface ModelPaths {
  /** C.1: by the forward edges a step comes after all its parents; of several that could come next, the first declared. */
  readonly order: readonly string[];
  readonly step: (name: string) => ModelStep;
  /** Outer ones before those inside them. */
  readonly loops: readonly ModelLoop[];
  /** The loop that a step is the header of. */
  readonly headed: (name: string) => ModelLoop | undefined;
  /** The sources of its forward edges, in plan order. */
  readonly parents: (name: string) => readonly string[];
  readonly isJump: (from: string, to: string) => boolean;
  /** C.4: two or more forward edges, or `join` said so. */
  readonly isJoin: (name: string) => boolean;
  /** C.6: whether every way out of a step leads to that any-join within the join's own round. */
  readonly everyPath: (from: string, anyJoin: string) => boolean;
  /** C.5: the nearest any-join to which every path leads. */
  readonly survivor: (name: string) => string | undefined;
  /** C.5: the all-joins on forward ways from a step to an any-join. */
  readonly between: (from: string, anyJoin: string) => readonly string[];
  /** C.8 */
  readonly beginnings: readonly string[];
}

const KNOWN = new WeakMap<readonly ModelStep[], ModelPaths>();

/** The answers about a graph, made once. */
export function modelPaths(steps: readonly ModelStep[]): ModelPaths {
  const paths = KNOWN.get(steps) ?? createPaths(steps);
  KNOWN.set(steps, paths);
  return paths;
}

function createPaths(steps: readonly ModelStep[]): ModelPaths {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const step = (name: string): ModelStep => byName.get(name)!;
  const loops = findLoops(steps);
  const headed = (name: string) => loops.find(({ header }) => header === name);
  const isJump = (from: string, to: string): boolean => headed(to)?.body.has(from) === true;
  const order = topological(steps, isJump);
  const parents = remember((name) =>
    order.filter((other) => targetsOf(step(other)).includes(name) && !isJump(other, name)),
  );
  const isJoin = (name: string): boolean => parents(name).length > 1 || step(name).join !== undefined;
  const ways = { order, step, loops, isJump, isJoin };
  const everyPath = remember2((from, anyJoin) => leadsOnlyTo(ways, from, anyJoin));
  return {
    ...ways,
    headed,
    parents,
    everyPath,
    survivor: remember((name) => nearest(ways, name, everyPath)),
    between: remember2((from, anyJoin) => joinsBetween(ways, from, anyJoin)),
    beginnings: order.filter((name) => parents(name).length === 0),
  };
}

type Ways = Pick<ModelPaths, 'order' | 'step' | 'loops' | 'isJump' | 'isJoin'>;

function topological(steps: readonly ModelStep[], isJump: ModelPaths['isJump']): string[] {
  const placed: string[] = [];
  const leadsTo = (other: ModelStep, name: string) => targetsOf(other).includes(name) && !isJump(other.name, name);
  while (placed.length < steps.length) {
    const next = steps.find(
      ({ name }) =>
        !placed.includes(name) && steps.every((other) => placed.includes(other.name) || !leadsTo(other, name)),
    );
    placed.push(next!.name);
  }
  return placed;
}

/**
 * A path leads elsewhere by a step that can end without an edge, by a jump of a loop with the join, by leaving such a
 * loop, and by circling where nothing leads to the join any more.
 */
function leadsOnlyTo(ways: Ways, from: string, anyJoin: string): boolean {
  const around = ways.loops.filter(({ body }) => body.has(anyJoin));
  const leaves = (name: string, to: string): boolean =>
    around.some(({ body, header }) => body.has(name) && (to === header || !body.has(to)));
  // The join's own round is that of the loop that its forward edges are in; who enters the loop opens another one.
  const own = around.findLast(({ header }) => header !== anyJoin);
  if (from === anyJoin || own?.body.has(from) === false) return false;
  const before = stepsBefore(ways, from, anyJoin);
  const targets = (name: string): readonly string[] => targetsOf(ways.step(name));
  const goesAstray = (name: string): boolean =>
    canEndWithoutEdge(ways.step(name)) || targets(name).some((to) => leaves(name, to));
  const leads = (name: string): boolean =>
    stepsBefore(ways, name, anyJoin).some((other) => targets(other).includes(anyJoin));
  return !before.some(goesAstray) && before.every(leads);
}

/** Those that a way from a step leads through before it comes to a join. */
function stepsBefore(ways: Ways, from: string, join: string): readonly string[] {
  const seen = new Set([from]);
  for (const name of seen) for (const to of targetsOf(ways.step(name))) if (to !== join) seen.add(to);
  return [...seen];
}

const canEndWithoutEdge = (step: ModelStep): boolean =>
  step.kind === 'switch'
    ? step.otherwise === null || Object.values(step.cases ?? {}).includes(null)
    : step.to.length === 0;

/** The one that every path reaches before the others: it can be reached without passing through another. */
function nearest(ways: Ways, from: string, everyPath: ModelPaths['everyPath']): string | undefined {
  const all = ways.order.filter((name) => ways.step(name).join === 'any' && everyPath(from, name));
  const seen = new Set<string>();
  const first = (name: string): string | undefined => {
    if (all.includes(name) && name !== from) return name;
    if (seen.has(name)) return undefined;
    seen.add(name);
    for (const to of targetsOf(ways.step(name))) {
      const found = first(to);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return first(from);
}

function joinsBetween(ways: Ways, from: string, anyJoin: string): readonly string[] {
  const seen = new Set<string>();
  const go = (name: string): void => {
    for (const to of targetsOf(ways.step(name))) {
      if (to === anyJoin || seen.has(to) || ways.isJump(name, to)) continue;
      seen.add(to);
      go(to);
    }
  };
  go(from);
  return ways.order.filter((name) => seen.has(name) && ways.isJoin(name) && ways.step(name).join !== 'any');
}

function remember<T>(ask: (name: string) => T): (name: string) => T {
  const answers = new Map<string, T>();
  return (name) => {
    if (!answers.has(name)) answers.set(name, ask(name));
    return answers.get(name)!;
  };
}

function remember2<T>(ask: (from: string, to: string) => T): (from: string, to: string) => T {
  const answers = remember((from) => remember((to) => ask(from, to)));
  return (from, to) => answers(from)(to);
}
