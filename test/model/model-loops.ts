import type { ModelStep } from './model-graph.js';

/** C.2: a component of the graph, or of what is left inside one without its jumps. */
export interface ModelLoop {
  readonly header: string;
  /** All its steps, those of the loops inside it included. */
  readonly body: ReadonlySet<string>;
}

/** All names that a step may lead to, each once. */
export function targetsOf({ to, goto = [], cases = {}, otherwise }: ModelStep): readonly string[] {
  const all = [...to, ...goto, ...Object.values(cases), otherwise ?? null];
  return [...new Set(all.filter((name) => name !== null))];
}

type Edge = readonly [from: string, to: string];

/** C.2: the loops of a graph, outer ones before those inside them. */
export function findLoops(steps: readonly ModelStep[]): readonly ModelLoop[] {
  const edges = steps.flatMap((step) => targetsOf(step).map((to): Edge => [step.name, to]));
  return loopsWithin(
    steps.map(({ name }) => name),
    edges,
    (component) => headerOf(component, edges, steps),
  );
}

function loopsWithin(
  names: readonly string[],
  edges: readonly Edge[],
  header: (component: ReadonlySet<string>) => string,
): ModelLoop[] {
  return componentsOf(names, edges).flatMap((body) => {
    const loop = { header: header(body), body };
    const inside = edges.filter(([from, to]) => body.has(from) && body.has(to) && to !== loop.header);
    const within = [...body].filter((name) => name !== loop.header);
    return [loop, ...loopsWithin(within, inside, (component) => headerOf(component, inside, []))];
  });
}

/** The strongly connected ones that have a cycle: steps that lead to one another, or to themselves. */
function componentsOf(names: readonly string[], edges: readonly Edge[]): ReadonlySet<string>[] {
  const ahead = new Map(names.map((name) => [name, reachable(name, edges)]));
  const found: ReadonlySet<string>[] = [];
  for (const name of names) {
    if (!ahead.get(name)!.has(name) || found.some((body) => body.has(name))) continue;
    found.push(new Set(names.filter((other) => ahead.get(name)!.has(other) && ahead.get(other)!.has(name))));
  }
  return found;
}

/** What a way of at least one edge leads to. */
function reachable(from: string, edges: readonly Edge[]): Set<string> {
  const found = new Set<string>();
  const todo = [from];
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    for (const [source, target] of edges) {
      if (source !== name || found.has(target)) continue;
      found.add(target);
      todo.push(target);
    }
  }
  return found;
}

/** Its only step that is entered from outside; where nothing leads to it, C.8 says where the run begins. */
function headerOf(body: ReadonlySet<string>, edges: readonly Edge[], steps: readonly ModelStep[]): string {
  const entered = [...body].filter((name) => edges.some(([from, to]) => to === name && !body.has(from)));
  if (entered.length > 1) throw new Error(`A loop with several headers: ${entered.join(', ')}.`);
  if (entered.length === 1) return entered[0];
  const own = steps.filter(({ name }) => body.has(name));
  return (own.find(({ entry }) => entry) ?? own[0]).name;
}
