import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PackedProject } from './packed-project.js';

const packed = new PackedProject();
beforeAll(() => packed.install(), 300_000);
afterAll(() => packed.remove());

const STEPS = 100;

/** A chain of steps, every fifth of which streams; with decorators or without, and otherwise the same. */
function bigClass(decorated: boolean): string {
  const members = Array.from({ length: STEPS }, (_, place) => {
    const options = place < STEPS - 1 ? `{ to: 's${place + 1}' }` : '';
    const streams = place % 5 === 4;
    const decorator = decorated ? `@${streams ? 'Streaming' : 'Step'}(${options})` : '';
    if (place === 0) return `${decorator} s0({ state }: Ctx<this>) { return state.notes.length; }`;
    const parameter = `s${place}({ input }: Ctx<this, number>)`;
    return streams
      ? `${decorator} async *${parameter} { yield 'token'; return input + ${place}; }`
      : `${decorator} ${parameter} { return input + ${place}; }`;
  });
  return `import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';
    export const used = [Step, Streaming];
    export class Big extends Pipeline<{ question: string; notes: string[] }> {\n${members.join('\n')}\n}\n`;
}

/** How many types the compiler makes from generic ones until it has checked the file, which must have no mistake. */
function instantiations(file: string, experimentalDecorators: boolean): number {
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: [],
    experimentalDecorators,
  });
  const diagnostics = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
  expect(diagnostics).toEqual([]);
  return program.getInstantiationCount();
}

describe('what the types of a class with 100 steps cost', () => {
  test.each([
    ['legacy', true, 120_000],
    ['standard', false, 70_000],
  ] as const)('with %s decorators is at most so many instantiations more than without', (dialect, legacy, most) => {
    const decorated = instantiations(packed.write(`${dialect}.mts`, bigClass(true)), legacy);
    const plain = instantiations(packed.write(`${dialect}-plain.mts`, bigClass(false)), legacy);
    expect(decorated - plain).toBeLessThanOrEqual(most);
    // Half as many, and this would no longer measure the checks of the decorators.
    expect(decorated - plain).toBeGreaterThan(most / 2);
  });
});
