import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.js';

/** Files of mistakes, and how a line begins that must say what the compiler answers: with a decorator, or a member. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  './mistakes/mistakes.ts': /^\s+@/,
  './mistakes/control-flow.ts': /^\s+@/,
  './mistakes/define-pipeline.ts': /^ {4}(?!\/\/)\S/,
};
const MISTAKES = Object.keys(BEGINNINGS);
const PROGRAMS = ['./programs.ts', './flows.ts'];
const MEMBERS = './members.test-d.ts';
const OUTPUTS = ['./outputs', './steps', './middleware', './surface', './define-pipeline'].map(
  (name) => `${name}.test-d.ts`,
);

interface Line {
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

const lines = MISTAKES.flatMap((file) =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .map((code, index): Line => ({ file, line: index + 1, code })),
);

/** What the comment at the end of a line demands: part of an answer, `ok`, or nothing. */
const demandOf = (code: string): string | undefined => /\/\/ (?:error: (.+)|ok)$/.exec(code)?.[1];

const withDemand = lines.flatMap(({ code, ...place }) => {
  const demand = demandOf(code);
  return demand ? [{ ...place, demand, code: code.slice(0, code.lastIndexOf('//')).trim() }] : [];
});

describe.each([
  ['legacy', true],
  ['standard', false],
])('with %s decorators', (_dialect, experimental) => {
  const answers = compile([...MISTAKES, ...PROGRAMS, MEMBERS, ...OUTPUTS], experimental);
  const said = (file: string, line: number): string[] =>
    answers
      .get(file)!
      .filter((answer) => answer.line === line)
      .map(({ text }) => text);

  it.each(withDemand)('the compiler refuses line $line of $file: $code', ({ file, line, demand }) => {
    expect(said(file, line)).toEqual([expect.stringContaining(demand)]);
  });

  it('the compiler refuses no other line', () => {
    const others = lines.filter(({ code }) => demandOf(code) === undefined);
    expect(others.flatMap(({ file, line }) => said(file, line).map((text) => `${file}:${line} ${text}`))).toEqual([]);
  });

  it.each(PROGRAMS)('%s compiles', (file) => {
    expect(answers.get(file)).toEqual([]);
  });

  it.each(OUTPUTS)('names, outputs, events and answers are what the methods say: %s', (file) => {
    expect(answers.get(file)).toEqual([]);
  });

  it('no public member of Pipeline is missing from PipelineMember, and none is too many', () => {
    expect(answers.get(MEMBERS)).toEqual([]);
  });
});

it('every member of a class or definition with mistakes says what the compiler must answer', () => {
  const silent = lines.filter(({ file, code }) => BEGINNINGS[file].test(code) && !/\/\/ (error: .+|ok)$/.test(code));
  expect(silent).toEqual([]);
});
