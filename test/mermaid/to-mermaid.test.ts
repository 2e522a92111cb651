import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { BlueprintError } from '../../src/errors/blueprint-error.js';
import { MisuseError } from '../../src/errors/misuse-error.js';
import { toMermaid } from '../../src/mermaid/index.js';
import type { PipelineClass } from '../../src/scanner/pipeline-class.js';
import { addMember, buildPipeline } from '../support/build-class.js';

const graph = (name: string): Promise<string> => readFile(new URL(`graphs/${name}.mmd`, import.meta.url), 'utf8');

const Chatbot = buildPipeline({
  name: 'Chatbot',
  hooks: [
    { name: 'setup', on: 'startup' },
    { name: 'cleanup', on: 'shutdown' },
  ],
  steps: [
    { name: 'start', to: 'respond' },
    { name: 'respond', kind: 'streaming' },
  ],
});

/** What stands above the styling. */
const top = (text: string): string => text.slice(0, text.indexOf('\n\n    %% Styling'));

test('the chatbot is drawn to the letter, hooks in their boxes', async () => {
  expect(toMermaid(Chatbot)).toBe(await graph('chatbot'));
});

test('an instance is drawn as its class', async () => {
  expect(toMermaid(new Chatbot())).toBe(await graph('chatbot'));
});

test('a fan-out is a box, however many steps there are', async () => {
  const Rag = buildPipeline({
    name: 'Rag',
    steps: [
      { name: 'parseQuery', to: 'embedQuery' },
      { name: 'embedQuery', to: ['searchVectors', 'searchWeb', 'searchKnowledgeGraph'] },
      { name: 'searchVectors', kind: 'streaming', to: 'rankResults' },
      { name: 'searchWeb', kind: 'streaming', to: 'rankResults' },
      { name: 'searchKnowledgeGraph', to: 'rankResults' },
      { name: 'rankResults', to: 'buildContext' },
      { name: 'buildContext', to: 'generateResponse' },
      { name: 'generateResponse', kind: 'streaming', to: 'formatOutput' },
      { name: 'formatOutput', kind: 'streaming' },
    ],
  });
  expect(toMermaid(Rag)).toBe(await graph('rag'));
});

test('an any-join says so, and boxes stand in order of declaration', async () => {
  const Loan = buildPipeline({
    name: 'Loan',
    steps: [
      { name: 'start', to: ['fetchFromCache', 'fetchFromDb'] },
      { name: 'fetchFromCache', to: 'normalize' },
      { name: 'fetchFromDb', to: 'normalize' },
      { name: 'normalize', join: 'any', to: ['checkCredit', 'checkFraud'] },
      { name: 'checkCredit', to: 'finalize' },
      { name: 'checkFraud', to: 'finalize' },
      { name: 'finalize' },
    ],
  });
  expect(toMermaid(Loan)).toBe(await graph('any-then-all'));
});

test('hooks are chained in the order in which they run, those of the run inside those of the instance', () => {
  const Hooked = buildPipeline({
    steps: [{ name: 'only' }],
    hooks: [
      { name: 'beginRun', on: 'startup', per: 'run' },
      { name: 'connect', on: 'startup' },
      { name: 'warmUp', on: 'startup' },
      { name: 'disconnect', on: 'shutdown' },
      { name: 'endRun', on: 'shutdown', per: 'run' },
      { name: 'flush', on: 'shutdown' },
    ],
  });
  expect(top(toMermaid(Hooked))).toMatchInlineSnapshot(`
    "graph TD
        subgraph startup[Startup Hooks]
            direction TB
            startup_0> Connect ]
            startup_1> Warm Up ]
            startup_2>"Begin Run (per run)"]
            startup_0 --> startup_1
            startup_1 --> startup_2
        end
        startup --> Start
        Start(["▶ Start"])

        n0["Only"]
        End(["■ End"])
        n0 --> End
        subgraph shutdown[Shutdown Hooks]
            direction TB
            shutdown_0>"End Run (per run)"]
            shutdown_1> Flush ]
            shutdown_2> Disconnect ]
            shutdown_0 --> shutdown_1
            shutdown_1 --> shutdown_2
        end
        End --> shutdown

        Start --> n0
        class n0 step;
        class Start,End startEnd;"
  `);
});

test('a step of two fan-outs stands in no box, and a box of one is none', () => {
  const Shared = buildPipeline({
    steps: [
      { name: 'a', entry: true, to: ['x', 'shared'] },
      { name: 'b', entry: true, to: ['y', 'z', 'shared'] },
      { name: 'x' },
      { name: 'y' },
      { name: 'z' },
      { name: 'shared' },
    ].map(({ entry, ...step }) => ({ ...step, options: entry ? { entry } : {} })),
  });
  expect(top(toMermaid(Shared))).toMatchInlineSnapshot(`
    "graph TD
        Start(["▶ Start"])

        subgraph parallel_n1[Parallel]
            direction LR
            n4["Y"]
            n5["Z"]
        end

        n0["A"]
        n1["B"]
        n2["Shared"]
        n3["X"]
        End(["■ End"])
        n2 --> End
        n3 --> End
        n4 --> End
        n5 --> End

        Start --> n0
        Start --> n1
        n0 --> n2
        n0 --> n3
        n1 --> n2
        n1 --> n4
        n1 --> n5
        class n0,n1,n2,n3,n4,n5 step;
        class Start,End startEnd;"
  `);
});

test('a hook may be called anything, and its label is escaped', () => {
  const Odd = buildPipeline({ steps: [{ name: 'only' }] });
  for (const name of ['say "hi"; <b>#1</b> & `go`\\', Symbol('quiet'), 'line\nbreak'])
    addMember(Odd, 'OnStartup', {}, name, () => undefined);
  expect(toMermaid(Odd).split('\n').slice(3, 6)).toEqual([
    '        startup_0>"Say #quot;hi#quot;#59; #lt;b#gt;#35;1#lt;/b#gt; #amp; #96;go#96;#92;"]',
    '        startup_1>"Symbol(quiet)"]',
    '        startup_2> Line Break ]',
  ]);
});

test('ids follow the names by code point, beyond the basic plane too', () => {
  // U+FF41 is one UTF-16 unit, U+10428 two that are smaller.
  const Letters = buildPipeline({ steps: [{ name: '𐐨', to: ['ａ', 'b'] }, { name: 'ａ' }, { name: 'b' }] });
  expect(
    toMermaid(Letters)
      .split('\n')
      .filter((line) => /^ +n\d\[/.test(line))
      .map((line) => line.trim()),
  ).toEqual(['n0["B"]', 'n1["Ａ"]', 'n2["𐐀"]']);
});

test('ids count on by name where there are more than ten', () => {
  const names = Array.from({ length: 12 }, (_, index) => `s${String(index).padStart(2, '0')}`);
  const Chain = buildPipeline({ steps: names.map((name, index) => ({ name, to: names[index + 1] })) });
  const lines = toMermaid(Chain)
    .split('\n')
    .map((line) => line.trim());
  expect(lines.filter((line) => /^n\d+ --> n/.test(line))).toEqual(
    names.slice(1).map((_, index) => `n${index} --> n${index + 1}`),
  );
  expect(lines).toContain('class n0,n1,n10,n11,n2,n3,n4,n5,n6,n7,n8,n9 step;');
});

/** The lines below the steps of a drawing. */
const edges = (text: string): string[] =>
  top(text)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => / (-->|-- |-\.)/.test(line));

test('a switch is drawn with its keys, its default and its ways to the end', async () => {
  const Desk = buildPipeline({
    name: 'Desk',
    steps: [
      { name: 'start', to: 'classify' },
      {
        name: 'classify',
        kind: 'switch',
        options: {
          cases: { refund: 'handleRefund', return: 'handleRefund', true: 'vipDesk', spam: null, none: null },
          default: 'fallback',
          goto: ['start', 'vipDesk'],
        },
      },
      { name: 'handleRefund', to: 'wrapUp' },
      { name: 'vipDesk', to: 'wrapUp' },
      { name: 'fallback', to: 'wrapUp' },
      { name: 'wrapUp', kind: 'streaming' },
    ],
  });
  expect(toMermaid(Desk)).toBe(await graph('switch'));
});

test('the default of a switch may lead to the end, and a key may be called anything', () => {
  const cases = { default: 'a', '': 'a', ' ': null, 'say "hi"; <b>#1</b> | `x`': 'a', 'line\nbreak': null, 7: null };
  const Odd = buildPipeline({
    steps: [{ name: 'odd', kind: 'switch', options: { cases, default: null } }, { name: 'a' }],
  });
  expect(edges(toMermaid(Odd))).toMatchInlineSnapshot(`
    [
      "n0 --> End",
      "n1 -- "7, #quot; #quot;, line break, default" --> End",
      "Start --> n1",
      "n1 -- "#quot;default#quot;, #quot;#quot;, say #quot;hi#quot;#59; #lt;b#gt;#35;1#lt;/b#gt; | #96;x#96;" --> n0",
    ]
  `);
});

test('an agent loop: jumps are dotted, and a step that may go nowhere leads to the end', async () => {
  const Agent = buildPipeline({
    name: 'Agent',
    steps: [
      { name: 'start', to: 'think' },
      { name: 'think', options: { goto: ['callTool', 'askHuman', 'answer'] } },
      { name: 'callTool', to: 'think' },
      { name: 'askHuman', to: 'think', options: { goto: 'think' } },
      { name: 'answer', kind: 'streaming' },
    ],
  });
  expect(toMermaid(Agent)).toBe(await graph('agent'));
});

test('a loop stays an edge: a step that leads back and on is no fan-out of two', () => {
  const Loop = buildPipeline({
    steps: [
      { name: 'write', to: 'check' },
      { name: 'check', to: ['write', 'publish', 'check'] },
      { name: 'publish', options: { goto: ['publish', 'write'] } },
    ],
  });
  expect(toMermaid(Loop)).not.toContain('[Parallel]');
  expect(edges(toMermaid(Loop))).toMatchInlineSnapshot(`
    [
      "n1 --> End",
      "Start --> n2",
      "n0 --> n0",
      "n0 --> n1",
      "n0 --> n2",
      "n1 -. goto .-> n1",
      "n1 -. goto .-> n2",
      "n2 --> n0",
    ]
  `);
});

test('an each has a shape of its own', () => {
  const Digest = buildPipeline({
    steps: [
      { name: 'fanOut', to: 'summarize' },
      { name: 'summarize', kind: 'each', to: 'compileReport' },
      { name: 'compileReport' },
    ],
  });
  expect(top(toMermaid(Digest))).toMatchInlineSnapshot(`
    "graph TD
        Start(["▶ Start"])

        n0["Compile Report"]
        n1["Fan Out"]
        n2[["Summarize"]]
        End(["■ End"])
        n0 --> End

        Start --> n1
        n1 --> n2
        n2 --> n0
        class n2 map;
        class n0,n1 step;
        class Start,End startEnd;"
  `);
});

const Crawler = buildPipeline({
  name: 'Crawler',
  steps: [{ name: 'fetch', to: 'clean' }, { name: 'clean' }],
  hooks: [{ name: 'openBrowser', on: 'startup' }],
});

test('the pipelines inside a pipeline are drawn inside it, without their hooks', async () => {
  const Researcher = buildPipeline({
    name: 'Researcher',
    pipeline: { name: 'deep "research"' },
    steps: [
      { name: 'plan', to: ['crawl', 'remember'] },
      { name: 'crawl', kind: 'sub', to: 'digest', options: { of: () => Crawler, each: true } },
      { name: 'remember', to: 'digest' },
      { name: 'digest', kind: 'streaming', join: 'any' },
    ],
  });
  const Reporter = buildPipeline({
    name: 'Reporter',
    hooks: [
      { name: 'setup', on: 'startup' },
      { name: 'cleanup', on: 'shutdown' },
    ],
    steps: [
      { name: 'assign', to: 'research' },
      { name: 'research', kind: 'sub', join: 'any', to: 'draft', options: { of: () => Researcher } },
      { name: 'draft', kind: 'streaming' },
    ],
  });
  expect(toMermaid(Reporter)).toBe(await graph('nested'));
});

test('a pipeline that runs itself is drawn once, and so are two that run one another', () => {
  const sub = (name: string, of: () => unknown, to?: string) => ({ name, kind: 'sub', to, options: { of } }) as const;
  const Tree: PipelineClass = buildPipeline({
    name: 'Tree',
    steps: [{ name: 'grow', to: 'branch' }, sub('branch', () => Tree)],
  });
  expect(top(toMermaid(Tree))).toMatchInlineSnapshot(`
    "graph TD
        Start(["▶ Start"])

        n0[/"Branch" /]
        n1["Grow"]
        End(["■ End"])
        n0 --> End

        Start --> n1
        n1 --> n0
        class n1 step;
        class n0 sub;
        class Start,End startEnd;
        n0 -. again .-> Start"
  `);
  const Ping: PipelineClass = buildPipeline({
    name: 'Ping',
    steps: [sub('toPong', () => Pong, 'toCrawler'), sub('toCrawler', () => Crawler)],
  });
  const Pong: PipelineClass = buildPipeline({
    name: 'Pong',
    steps: [sub('toPing', () => Ping, 'toPong'), sub('toPong', () => Pong)],
  });
  const Match = buildPipeline({
    name: 'Match',
    steps: [sub('first', () => Ping, 'second'), sub('second', () => Ping)],
  });
  expect(
    top(toMermaid(Match))
      .split('\n')
      .filter((line) => /subgraph|-\. again/.test(line)),
  ).toMatchInlineSnapshot(`
    [
      "    subgraph cluster_n0 ["First (Ping)"]",
      "        subgraph cluster_n0_n0 ["To Crawler (Crawler)"]",
      "        subgraph cluster_n0_n1 ["To Pong (Pong)"]",
      "    subgraph cluster_n1 ["Second (Ping)"]",
      "        subgraph cluster_n1_n0 ["To Crawler (Crawler)"]",
      "        subgraph cluster_n1_n1 ["To Pong (Pong)"]",
      "    n0_n1_n0 -. again .-> n0_Start",
      "    n0_n1_n1 -. again .-> n0_n1_Start",
      "    n1_n1_n0 -. again .-> n1_Start",
      "    n1_n1_n1 -. again .-> n1_n1_Start",
    ]
  `);
});

test('a class that cannot run is not drawn', () => {
  expect(() => toMermaid(buildPipeline({}))).toThrow(BlueprintError);
  for (const nothing of [undefined, null, 'Chatbot', () => undefined, Object.create(null)])
    expect(() => toMermaid(nothing as object)).toThrow(MisuseError);
});
