import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.js';

const MISTAKES = './mistakes/define-pipeline.ts';
const PROGRAMS = './define-pipeline.test-d.ts';

interface Line {
  readonly line: number;
  readonly code: string;
  /** What the comment at the end of the line demands: part of an answer, `ok`, or nothing. */
  readonly demand: string | undefined;
}

const lines = readFileSync(new URL(MISTAKES, import.meta.url), 'utf8')
  .split('\n')
  .map((code, index): Line => ({ line: index + 1, code, demand: /\/\/ (?:error: (.+)|ok)$/.exec(code)?.[1] }));

describe('a definition without decorators', () => {
  const answers = compile([MISTAKES, PROGRAMS], true);
  const said = (line: number): string[] =>
    answers
      .get(MISTAKES)!
      .filter((answer) => answer.line === line)
      .map(({ text }) => text);

  it.each(lines.filter(({ demand }) => demand !== undefined))('is refused on line $line: $code', ({ line, demand }) => {
    expect(said(line)).toEqual([expect.stringContaining(demand!)]);
  });

  it('is refused on no other line', () => {
    const others = lines.filter(({ demand }) => demand === undefined);
    expect(others.flatMap(({ line }) => said(line).map((text) => `${line} ${text}`))).toEqual([]);
  });

  it('says of every step what the compiler must answer', () => {
    const isMember = (code: string): boolean => /^ {4}(?!\/\/)\S/.test(code);
    expect(lines.filter(({ code }) => isMember(code) && !/\/\/ (error: .+|ok)$/.test(code))).toEqual([]);
  });

  it('has the outputs, tokens, events and answers of the class with its methods', () => {
    expect(answers.get(PROGRAMS)).toEqual([]);
  });
});
