import fc from 'fast-check';
import { toWords } from '../../src/mermaid/to-words.js';
import { compile } from '../../src/plan/compile.js';
import type { PipelineClass } from '../../src/scanner/pipeline-class.js';
import { addMember, buildPipeline, type StepSpec } from '../support/build-class.js';

/** Names of steps that mean something to Mermaid, or are written in unusual letters. */
export const NAMES = [
  ...['end', 'graph', 'class', 'style', 'subgraph', 'click', 'default', 'Start', 'End', 'constructor2', 'direction'],
  ...[
    'flowchart',
    'linkStyle',
    'classDef',
    'interpolate',
    'href',
    'call',
    'startup',
    'shutdown',
    'n0',
    'n1',
    'TD',
    'LR',
  ],
  ...['$x', '$', '_', '__', 'x_', 'o', 'v', 'ünïcode', '变量', '𐐨', 'a\u200db', 'parseHTTPResponse', 'llm2json'],
];

/** What only hooks and the keys of a switch may be called. */
export const HOSTILE = [
  ...['#private', 'my-hook', 'say "hi"', '<b>', '#35;', '%%{init: {}}%%', '--> x', ']', ')', '}', '`', ';', '|', '"'],
  ...['end', '1. one', '- item', '**bold**', '$$x$$', '\\', '&amp;', '@{ shape: x }', '✓', 'a|b', '-.-', 'x --- y'],
];

const ALL = [...new Set([...NAMES, ...HOSTILE])];

/** An edge with the words at both its ends. */
type ExpectedEdge = readonly [from: string, shape: string, to: string];

/** What must be found in a drawing: the words of each step and edge, with those of the boxes around it. */
export interface Expected {
  readonly steps: readonly string[];
  readonly edges: readonly ExpectedEdge[];
}

interface Draw {
  readonly built: PipelineClass;
  readonly expected: Expected;
}

const KINDS = ['step', 'streaming', 'each', 'switch', 'sub'] as const;

/** Any graph over some of the names: a step leads on to names behind it, and back to itself or to the first. */
const graph = fc.shuffledSubarray(NAMES, { minLength: 1, maxLength: 12 }).chain((names) => {
  const count = names.length;
  const place = fc.nat(count - 1);
  return fc.record({
    names: fc.constant(names),
    kinds: fc.array(fc.constantFrom(...KINDS), { minLength: count, maxLength: count }),
    edges: fc.uniqueArray(fc.tuple(place, place, fc.boolean()), {
      maxLength: 24,
      selector: ([from, to]) => `${from} ${to}`,
    }),
    keys: fc.shuffledSubarray(HOSTILE, { minLength: HOSTILE.length }),
    any: fc.subarray(names),
    startup: fc.subarray(ALL, { maxLength: 4 }),
    shutdown: fc.subarray(ALL, { maxLength: 4 }),
    per: fc.constantFrom('instance', 'run'),
  });
});

type Graph = typeof graph extends fc.Arbitrary<infer Value> ? Value : never;
type Edge = Graph['edges'][number];

/** A class of such a graph, which may run itself and one of a few others. */
export const drawing: fc.Arbitrary<Draw> = fc.tuple(graph, graph, fc.boolean()).map(([value, inner, again]) => {
  const leaf = build(inner, 'Leaf');
  return build(value, 'Root', again ? undefined : leaf);
});

/** Edges back would often make a loop with two headers: then only those that lead on, and from a step to itself. */
function build(graph: Graph, name: string, child?: Draw): Draw {
  const back = graph.edges.filter(([from, to]) => to <= from && (to === from || to === 0));
  const on = graph.edges.filter(([from, to]) => from < to);
  for (const edges of [[...on, ...back], [...on, ...back.filter(([from, to]) => from === to && to > 0)], on]) {
    const draw = buildWith({ ...graph, edges }, name, child);
    try {
      compile(draw.built);
      return draw;
    } catch (error) {
      if (!/LOOP_WITH_TWO_HEADERS|INVALID_OPTION/.test(String(error)) || edges === on) throw error;
    }
  }
  throw new Error('a graph without loops was refused');
}

function buildWith(graph: Graph, name: string, child?: Draw): Draw {
  const { names } = graph;
  const self = (): PipelineClass => built;
  const built: PipelineClass = buildPipeline({
    name,
    steps: names.map((__, index) => toSpec(graph, index, () => child?.built ?? self())),
  });
  addHooks(built, graph);
  const steps = ['▶ Start', '■ End', ...names.map((__, index) => labelOf(graph, index))];
  const edges = names.flatMap((__, index) => edgesOf(graph, index));
  const boxes = names.flatMap((step, index) => {
    if (graph.kinds[index] !== 'sub') return [];
    const label = labelOf(graph, index);
    return [child ? inBox(child.expected, label, `${toWords(step)} (Leaf)`) : { steps: [], edges: [again(label)] }];
  });
  return {
    built,
    expected: {
      steps: [...steps, ...boxes.flatMap((box) => box.steps)],
      edges: [...edges, ...boxes.flatMap((box) => box.edges)],
    },
  };
}

const again = (label: string): ExpectedEdge => [label, '-.[again].->', '▶ Start'];

/** What is drawn inside a box, and the line that leads to it. */
const inBox = ({ steps, edges }: Expected, label: string, title: string): Expected => ({
  steps: steps.map((step) => `${title} / ${step}`),
  edges: [
    ...edges.map(([from, shape, to]): ExpectedEdge => [`${title} / ${from}`, shape, `${title} / ${to}`]),
    [label, '-..->', `${title} / ▶ Start`],
  ],
});

const isBeginning = ({ edges }: Graph, index: number): boolean =>
  !edges.some(([from, to]) => to === index && from < index);

/** An each has no jumps: its edges are all drawn through. */
const isJump = ({ kinds }: Graph, [from, , jump]: Edge): boolean => jump && kinds[from] !== 'each';

const targetsOf = (graph: Graph, index: number, jump: boolean): number[] =>
  graph.edges.filter((edge) => edge[0] === index && isJump(graph, edge) === jump).map(([, to]) => to);

function labelOf({ names, kinds, any, ...graph }: Graph, index: number): string {
  const isAny = any.includes(names[index]) && !isBeginning({ names, kinds, any, ...graph }, index);
  return toWords(names[index]) + (isAny ? ' (Any)' : '') + (kinds[index] === 'streaming' ? ' ⚡' : '');
}

/** The first target of a switch has two keys, every other one has one, and one key leads to the end. */
function casesOf(graph: Graph, index: number): [key: string, target: number | null][] {
  const [first, ...others] = targetsOf(graph, index, false);
  const targets = [null, ...(first === undefined ? [] : [first, ...others, first])];
  return targets.map((target, place) => [graph.keys[place], target]);
}

/** Where the default of a switch leads: to the end, to its first target, or nowhere. */
const defaultOf = (graph: Graph, index: number): number | null | undefined =>
  [null, targetsOf(graph, index, false)[0], undefined][index % 3];

function toSpec(graph: Graph, index: number, of: () => unknown): StepSpec {
  const { names, kinds, any } = graph;
  const kind = kinds[index];
  const begins = isBeginning(graph, index);
  const nameOf = (target: number | null): string | null => (target === null ? null : names[target]);
  const goto = targetsOf(graph, index, true).map((target) => names[target]);
  const common = { entry: begins, ...(goto.length > 0 ? { goto } : {}), ...(kind === 'sub' ? { of } : {}) };
  const join = any.includes(names[index]) && !begins ? ('any' as const) : undefined;
  if (kind !== 'switch')
    return {
      ...{ name: names[index], kind, join, options: common },
      to: targetsOf(graph, index, false).map((target) => names[target]),
    };
  const cases = Object.fromEntries(casesOf(graph, index).map(([key, target]) => [key, nameOf(target)]));
  const other = defaultOf(graph, index);
  const options = { ...common, cases, ...(other === undefined ? {} : { default: nameOf(other) }) };
  return { name: names[index], kind, join, options };
}

function edgesOf(graph: Graph, index: number): ExpectedEdge[] {
  const label = labelOf(graph, index);
  const line = (shape: string, target: number | null): ExpectedEdge => [
    label,
    shape,
    target === null ? '■ End' : labelOf(graph, target),
  ];
  const jumps = targetsOf(graph, index, true).map((target) => line('-.[goto].->', target));
  const begins = isBeginning(graph, index) ? [['▶ Start', '-->', label] as const] : [];
  const targets = targetsOf(graph, index, false);
  if (graph.kinds[index] !== 'switch')
    return [...begins, ...jumps, ...(targets.length > 0 ? targets : [null]).map((target) => line('-->', target))];
  const keysTo = (target: number | null): string[] => [
    ...Object.entries(Object.fromEntries(casesOf(graph, index)))
      .filter(([, other]) => other === target)
      .map(([key]) => key),
    ...(defaultOf(graph, index) === target ? ['default'] : []),
  ];
  return [
    ...begins,
    ...jumps,
    ...[null, ...targets].map((target) => line(`-[${keysTo(target).join(', ')}]->`, target)),
  ];
}

function addHooks(built: PipelineClass, { names, startup, shutdown, per }: Graph): void {
  const unused = (list: readonly string[], other: readonly string[]) =>
    list.filter((name) => !names.includes(name) && !other.includes(name));
  for (const name of unused(startup, [])) addMember(built, 'OnStartup', { per }, name, () => undefined);
  for (const name of unused(shutdown, startup)) addMember(built, 'OnShutdown', { per }, name, () => undefined);
}
