import { compile } from '../../plan/compile.js';
import { classOf } from '../../scanner/class-of.js';
import { graphLines } from '../graph-lines.js';
import { invalidTestOption } from '../invalid-test-option.js';
import { expectation, type Matched, type MatcherContext } from './matched.js';

/**
 * Whether a pipeline class (or an instance) has exactly these edges, as lines in any order; or whether a Mermaid drawing
 * (`expect(toMermaid(Bot)).toHaveGraph(text)`) has the lines of another, whatever their indentation and styling.
 */
export function toHaveGraph(this: MatcherContext, received: unknown, expected: string | readonly string[]): Matched {
  const given = typeof expected === 'string' ? expected.split('\n') : expected;
  const drawn = typeof received === 'string';
  if (!drawn && given.some((line) => /^\s*(graph|flowchart)\s/.test(line))) throw drawingForClass();
  const wanted = tidy(given);
  const actual = tidy(drawn ? received.split('\n') : graphLines(compile(classOf(received as object)).plan));
  const [missing, extra] = [without(wanted, actual), without(actual, wanted)];
  const rows = [
    ...actual.map((line) => `  ${extra.includes(line) ? '+' : ' '} ${line}`),
    ...missing.map((l) => `  - ${l}`),
  ];
  return {
    pass: missing.length === 0 && extra.length === 0,
    message: () => `Expected the graph ${expectation(this, 'to be (- expected, + received)')}:\n\n${rows.join('\n')}`,
  };
}

const STYLING = /^(%%|classDef |class |style |linkStyle )/;

/** Each line once, without what doesn't count. */
const tidy = (lines: readonly string[]): string[] => [
  ...new Set(
    lines.map((line) => line.trim().replace(/\s+/g, ' ')).filter((line) => line !== '' && !STYLING.test(line)),
  ),
];

const without = (lines: readonly string[], others: readonly string[]): string[] =>
  lines.filter((line) => !others.includes(line));

const drawingForClass = () =>
  invalidTestOption(
    'expect(…).toHaveGraph()',
    'a Mermaid text is compared with a drawing, not with a class',
    'Write: expect(toMermaid(Bot)).toHaveGraph(text), or name edges: expect(Bot).toHaveGraph(["start --> respond"]).',
  );
