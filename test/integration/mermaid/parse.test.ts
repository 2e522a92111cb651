// @vitest-environment jsdom
import fc from 'fast-check';
import mermaid12 from 'mermaid';
import mermaid11 from 'mermaid11';
import { beforeAll, describe, expect, test } from 'vitest';
import { toMermaid } from '../../../src/mermaid/index.js';
import { toWords } from '../../../src/mermaid/to-words.js';
import { addMember, buildPipeline } from '../../support/build-class.js';
import { drawing, HOSTILE, NAMES } from '../../mermaid/arbitrary-drawing.js';

const HOOKS = [...NAMES, ...HOSTILE];

/** What Mermaid does to a text when it draws it: its own marks to entities, entities to characters. */
function decode(text: string): string {
  const area = document.createElement('textarea');
  area.innerHTML = text.trim().replaceAll('ﬂ°°', '&#').replaceAll('ﬂ°', '&').replaceAll('¶ß', ';');
  return area.value;
}

interface Database {
  getVertices(): Map<string, { id: string; text: string }>;
  getEdges(): { start: string; end: string; text: string; stroke: string }[];
  getSubGraphs(): { id: string; nodes: string[]; title: string }[];
}

/** A drawing as Mermaid understands it: each step and edge with the titles of the boxes around it. */
async function readGraph(mermaid: typeof mermaid12, text: string) {
  const database = (await mermaid.mermaidAPI.getDiagramFromText(text)).db as unknown as Database;
  const boxes = database.getSubGraphs().filter(({ title }) => title !== 'Parallel');
  const parallel = database.getSubGraphs().filter(({ title }) => title === 'Parallel');
  const boxOf = (id: string) => {
    const inside = parallel.find(({ nodes }) => nodes.includes(id))?.id ?? id;
    return boxes.find(({ nodes }) => nodes.includes(inside));
  };
  const nameOf = (id: string): string => {
    const box = boxOf(id);
    // A box that an edge leads to is a vertex too, without its title.
    const own = decode(boxes.find((other) => other.id === id)?.title ?? database.getVertices().get(id)!.text);
    return box ? `${nameOf(box.id)} / ${own}` : own;
  };
  const drawn = [...database.getVertices().keys()].filter((id) => !boxes.some((box) => box.id === id));
  return {
    steps: drawn.map(nameOf).sort(),
    edges: database
      .getEdges()
      .map(({ start, end, text: label, stroke }) => {
        const [open, close] = stroke === 'dotted' ? ['-.', '.->'] : ['-', '->'];
        return `${nameOf(start)} ${open}${label ? `[${decode(label)}]` : ''}${close} ${nameOf(end)}`;
      })
      .sort(),
  };
}

describe.each([
  ['12', mermaid12],
  ['11', mermaid11],
])('mermaid %s', (_, mermaid) => {
  // Only then it knows its diagrams.
  beforeAll(() => mermaid.parse('graph TD'));

  test('reads every step and every edge once, where it belongs, whatever they are called', async () => {
    await fc.assert(
      fc.asyncProperty(drawing, async ({ built, expected }) => {
        const { steps, edges } = await readGraph(mermaid, toMermaid(built));
        const ofSteps = (line: string) => !line.includes(' Hooks');
        expect(steps.filter(ofSteps)).toEqual([...expected.steps].sort());
        expect(edges.filter(ofSteps)).toEqual(expected.edges.map((edge) => edge.join(' ')).sort());
      }),
      { numRuns: 50 },
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

  test('reads each hostile key of a switch as it was before it was escaped', async () => {
    for (const key of HOSTILE) {
      const cases = { [key]: 'last', none: null };
      const Keyed = buildPipeline({
        steps: [{ name: 'only', kind: 'switch', options: { cases } }, { name: 'last' }],
      });
      const { edges } = await readGraph(mermaid, toMermaid(Keyed));
      expect(edges).toContain(`Only -[${key}]-> Last`);
      expect(edges).toContain('Only -[none]-> ■ End');
    }
  });

  test('refuses a broken drawing, so that the tests above can fail', async () => {
    await expect(
      mermaid.parse(toMermaid(buildPipeline({ steps: [{ name: 'only' }] })).replace('"]', '"')),
    ).rejects.toThrow();
  });
});
