import type { ModelStep } from './model-graph.js';

/** Questions about a graph, each answered by looking at all of it; answers are kept because tests ask often. */
export interface ModelPaths {
  /** C.1: a step comes after all its parents; of several that could come next, the first declared. */
  readonly order: readonly string[];
  readonly step: (name: string) => ModelStep;
  /** In plan order. */
  readonly parents: (name: string) => readonly string[];
  /** Whether there is a way from one step to a later one. */
  readonly leadsTo: (from: string, to: string) => boolean;
  /** Whether every way out of a step goes through the other one. */
  readonly everyPath: (from: string, to: string) => boolean;
  /** C.4: two or more edges, or `join` said so. */
  readonly isJoin: (name: string) => boolean;
}

export function modelPaths(steps: readonly ModelStep[]): ModelPaths {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const step = (name: string): ModelStep => byName.get(name)!;
  const order = topological(steps);
  const parentsOf = new Map(order.map((name) => [name, order.filter((other) => step(other).to.includes(name))]));
  const parents = (name: string): readonly string[] => parentsOf.get(name)!;
  const leadsTo = (from: string, to: string): boolean =>
    step(from).to.some((child) => child === to || leadsTo(child, to));
  const everyPath = (from: string, to: string): boolean =>
    step(from).to.length > 0 && step(from).to.every((child) => child === to || everyPath(child, to));
  return {
    order,
    step,
    parents,
    leadsTo: remember(leadsTo),
    everyPath: remember(everyPath),
    isJoin: (name) => parents(name).length > 1 || step(name).join !== undefined,
  };
}

function topological(steps: readonly ModelStep[]): string[] {
  const placed: string[] = [];
  while (placed.length < steps.length) {
    const next = steps.find(
      ({ name }) =>
        !placed.includes(name) && steps.every((other) => !other.to.includes(name) || placed.includes(other.name)),
    );
    if (!next) throw new Error('The model has no rules for a graph with a cycle.');
    placed.push(next.name);
  }
  return placed;
}

function remember(ask: (from: string, to: string) => boolean): (from: string, to: string) => boolean {
  const answers = new Map<string, boolean>();
  return (from, to) => {
    const question = `${from} ${to}`;
    if (!answers.has(question)) answers.set(question, ask(from, to));
    return answers.get(question)!;
  };
}

/** C.8: where the run begins, in plan order. */
export const beginnings = ({ order, parents, step }: ModelPaths): string[] =>
  order.filter((name) => parents(name).length === 0 || step(name).entry === true);
