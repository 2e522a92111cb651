import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { BlueprintError } from '../../src/errors/blueprint-error.js';
import { MisuseError } from '../../src/errors/misuse-error.js';
import { toMermaid } from '../../src/mermaid/index.js';
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

test('a class that cannot run is not drawn', () => {
  expect(() => toMermaid(buildPipeline({}))).toThrow(BlueprintError);
  for (const nothing of [undefined, null, 'Chatbot', () => undefined, Object.create(null)])
    expect(() => toMermaid(nothing as object)).toThrow(MisuseError);
});
