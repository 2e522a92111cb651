import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.js';

const MISTAKES = './mistakes/mistakes.ts';
const PROGRAMS = './programs.ts';
const MEMBERS = './members.ts';
const OUTPUTS = './outputs.ts';

const lines = readFileSync(new URL(MISTAKES, import.meta.url), 'utf8').split('\n');

/** What the comment at the end of a line demands: part of an answer, `ok`, or nothing. */
const demandOf = (line: string): string | undefined => /\/\/ (?:error: (.+)|ok)$/.exec(line)?.[1];

describe.each([
  ['legacy', true],
  ['standard', false],
])('with %s decorators', (_dialect, experimental) => {
  const answers = compile([MISTAKES, PROGRAMS, MEMBERS, OUTPUTS], experimental);
  const said = (line: number) => answers.get(MISTAKES)!.filter((answer) => answer.line === line);

  it.each(
    lines.flatMap((line, index) => {
      const demand = demandOf(line);
      return demand ? [{ line: index + 1, demand, code: line.slice(0, line.lastIndexOf('//')).trim() }] : [];
    }),
  )('the compiler refuses line $line: $code', ({ line, demand }) => {
    expect(said(line).map((answer) => answer.text)).toEqual([expect.stringContaining(demand)]);
  });

  it('the compiler refuses no other line', () => {
    expect(answers.get(MISTAKES)!.filter(({ line }) => demandOf(lines[line - 1]) === undefined)).toEqual([]);
  });

  it('the programs compile', () => {
    expect(answers.get(PROGRAMS)).toEqual([]);
  });

  it('the names and outputs of steps are what the methods say', () => {
    expect(answers.get(OUTPUTS)).toEqual([]);
  });

  it('no public member of Pipeline is missing from PipelineMember, and none is too many', () => {
    expect(answers.get(MEMBERS)).toEqual([]);
  });
});

it('every member of the class with mistakes says what the compiler must answer', () => {
  const silent = lines.filter((line) => /^\s+@/.test(line) && !/\/\/ (error: .+|ok)$/.test(line));
  expect(silent).toEqual([]);
});
