// @vitest-environment jsdom
import fc from 'fast-check';
import mermaid12 from 'mermaid';
import mermaid11 from 'mermaid11';
import { describe, expect, test } from 'vitest';
import { toMermaid } from '../../src/mermaid/index.js';
import { toWords } from '../../src/mermaid/to-words.js';
import { addMember, buildPipeline } from '../support/build-class.js';

const NAMES = [
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

const HOOKS = [
  ...NAMES,
  '#private',
  'my-hook',
  'say "hi"',
  '<b>',
  '#35;',
  '%%{init: {}}%%',
  '--> x',
  ']',
  ')',
  '}',
  '`',
  ';',
];

/** What Mermaid does to a text when it draws it: its own marks to entities, entities to characters. */
function decode(text: string): string {
  const area = document.createElement('textarea');
  area.innerHTML = text.trim().replaceAll('ﬂ°°', '&#').replaceAll('ﬂ°', '&').replaceAll('¶ß', ';');
  return area.value;
}

/** Any DAG over some of the names: a step leads only to names behind it. */
const dag = fc.shuffledSubarray(NAMES, { minLength: 1, maxLength: 12 }).chain((names) =>
  fc.record({
    names: fc.constant(names),
    edges: fc.array(fc.tuple(fc.nat(names.length - 1), fc.nat(names.length - 1)), { maxLength: 24 }),
    any: fc.subarray(names),
    streaming: fc.subarray(names),
    startup: fc.subarray(HOOKS, { maxLength: 4 }),
    shutdown: fc.subarray(HOOKS, { maxLength: 4 }),
    per: fc.constantFrom('instance', 'run'),
  }),
);

type Dag = typeof dag extends fc.Arbitrary<infer Value> ? Value : never;

function toClass({ names, edges, any, streaming, startup, shutdown, per }: Dag) {
  const forward = edges.filter(([from, to]) => from < to);
  const targetsOf = (index: number) => [
    ...new Set(forward.filter(([from]) => from === index).map(([, to]) => names[to])),
  ];
  const isBeginning = (index: number) => !forward.some(([, to]) => to === index);
  const built = buildPipeline({
    steps: names.map((name, index) => ({
      name,
      kind: streaming.includes(name) ? 'streaming' : 'step',
      to: targetsOf(index),
      join: any.includes(name) && !isBeginning(index) ? 'any' : undefined,
      options: { entry: isBeginning(index) },
    })),
  });
  const unused = (list: readonly string[], other: readonly string[]) =>
    list.filter((name) => !names.includes(name) && !other.includes(name));
  for (const name of unused(startup, [])) addMember(built, 'OnStartup', { per }, name, () => undefined);
  for (const name of unused(shutdown, startup)) addMember(built, 'OnShutdown', { per }, name, () => undefined);
  return { built, forward };
}

describe.each([
  ['12', mermaid12],
  ['11', mermaid11],
])('mermaid %s', (_, mermaid) => {
  test('reads every drawing, whatever the steps and hooks are called', async () => {
    await fc.assert(
      fc.asyncProperty(dag, async (value) => {
        const text = toMermaid(toClass(value).built);
        expect(await mermaid.parse(text)).toMatchObject({ diagramType: 'flowchart-v2' });
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('reads each hostile name, as a step and as a hook', async () => {
    for (const name of HOOKS) {
      const Hooked = buildPipeline({
        steps: [{ name: NAMES.includes(name) ? name : 'only', to: 'last' }, { name: 'last' }],
      });
      addMember(Hooked, 'OnStartup', {}, NAMES.includes(name) ? `${name}Hook` : name, () => undefined);
      addMember(Hooked, 'OnShutdown', { per: 'run' }, `${name} ${name}`, () => undefined);
      expect(await mermaid.parse(toMermaid(Hooked)), name).toMatchObject({ diagramType: 'flowchart-v2' });
    }
  }, 60_000);

  test('reads the labels as they were before they were escaped', async () => {
    for (const name of HOOKS) {
      const Hooked = buildPipeline({ steps: [{ name: 'only' }] });
      addMember(Hooked, 'OnStartup', {}, name === 'only' ? 'other' : name, () => undefined);
      const diagram = await mermaid.mermaidAPI.getDiagramFromText(toMermaid(Hooked));
      const vertices = (diagram.db as unknown as { getVertices(): Map<string, { text: string }> }).getVertices();
      expect(decode(vertices.get('startup_0')!.text)).toBe(toWords(name));
      expect(decode(vertices.get('n0')!.text)).toBe('Only');
    }
  });

  test('refuses a broken drawing, so that the tests above can fail', async () => {
    await expect(
      mermaid.parse(toMermaid(buildPipeline({ steps: [{ name: 'only' }] })).replace('"]', '"')),
    ).rejects.toThrow();
  });
});

test('every step is drawn once, every edge once, and the ends are those of the graph', () => {
  fc.assert(
    fc.property(dag, (value) => {
      const { built, forward } = toClass(value);
      const lines = toMermaid(built)
        .split('\n')
        .map((line) => line.trim());
      const matching = (pattern: RegExp) => lines.filter((line) => pattern.test(line));
      const { names } = value;
      const edges = new Set(forward.map(([from, to]) => `${from} ${to}`));
      const sinks = names.filter((__, index) => !forward.some(([from]) => from === index));
      const beginnings = names.filter((__, index) => !forward.some(([, to]) => to === index));
      expect(new Set(matching(/^n\d+[[(]/).map((line) => line.match(/^n\d+/)![0])).size).toBe(names.length);
      expect(matching(/^n\d+[[(]/)).toHaveLength(names.length);
      expect(matching(/^n\d+ --> n\d+$/)).toHaveLength(edges.size);
      expect(new Set(matching(/^n\d+ --> n\d+$/)).size).toBe(edges.size);
      expect(matching(/^n\d+ --> End$/)).toHaveLength(sinks.length);
      expect(matching(/^Start --> n\d+$/)).toHaveLength(beginnings.length);
      expect(matching(/^End\(/)).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});
