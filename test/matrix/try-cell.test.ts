import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { LIMITS, listCells, type Cell } from '../../matrix/cells.js';
import { Trials, type Verdict } from '../../matrix/try-cell.js';
import { root } from '../docs/read-programs.js';

const folder = mkdtempSync(join(tmpdir(), 'stepstream-trials-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EXPECTED = readFileSync(`${root}matrix/program/expected.txt`, 'utf8');
const print = (text: string): string => `process.stdout.write(${JSON.stringify(text)});`;
const TSC = 'node_modules/typescript/bin/tsc';
const TSX = 'node_modules/tsx/dist/cli.mjs';
const RIGHT = print(EXPECTED);
const RAW = "throw new SyntaxError('Invalid or unexpected token');";
const NO_CJS = "throw new Error('Vitest cannot be imported in a CommonJS module');";
const VITEST = 'node_modules/vitest/vitest.mjs';

/** Projects in which these files stand for the tools, and how often each of them was made. */
function workshop(tools: Readonly<Record<string, string>>) {
  const projects: string[] = [];
  return {
    projects,
    node: async () => process.execPath,
    async project(files: Readonly<Record<string, string>>): Promise<string> {
      const path = join(folder, String(projects.length), String(Math.random()));
      projects.push(path);
      for (const [name, text] of Object.entries({ ...files, [TSC]: '', ...tools })) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), text);
      }
      return path;
    },
  };
}

const cellOf = (values: Partial<Cell>): Cell =>
  listCells().find((cell) => Object.entries(values).every(([axis, value]) => cell[axis as keyof Cell] === value))!;
const verdict = (values: Partial<Cell>, tools: Readonly<Record<string, string>>): Promise<Verdict> =>
  new Trials(workshop(tools)).try(cellOf(values));

describe('a cell', () => {
  test('has passed if it prints exactly what is expected', async () => {
    const cell = cellOf({ tool: 'tsx' });
    expect(await verdict({ tool: 'tsx' }, { [TSX]: RIGHT })).toEqual({ cell, status: 'passed' });
  });

  test.each([
    ['prints a line less', print(EXPECTED.replace(/.*\n/, '')), /exit code 0/],
    ['prints something more', print(`${EXPECTED}\n`), /exit code 0/],
    ['prints it and fails', `${RIGHT} process.exitCode = 3;`, /exit code 3/],
    ['prints nothing', '', /exit code 0/],
  ])('has failed if it %s', async (_what, tool, said) => {
    const { status, said: told } = await verdict({ tool: 'tsx' }, { [TSX]: tool });
    expect([status, told]).toEqual(['failed', expect.stringMatching(said)]);
  });

  test('has failed if its types do not compile, whatever it prints', async () => {
    const tools = { [TSX]: RIGHT, [TSC]: "console.log('TS2322'); process.exitCode = 2;" };
    const { status, said } = await verdict({ tool: 'tsx', typescript: '7.0' }, tools);
    expect([status, said]).toEqual(['failed', expect.stringMatching(/TypeScript 7\.0 says\n.*TS2322/)]);
  });

  test('has failed if its project can not be made, and says why', async () => {
    const shop = { ...workshop({}), project: () => Promise.reject(new Error('npm install has failed')) };
    const { status, said } = await new Trials(shop).try(cellOf({ tool: 'tsx' }));
    expect([status, said]).toEqual(['failed', 'Error: npm install has failed']);
  });

  test('of vitest has passed if its one test has', async () => {
    const values = { tool: 'vitest', dialect: 'legacy', module: 'ES modules' } as const;
    expect((await verdict(values, { [VITEST]: print('      Tests  1 passed (1)\n') })).status).toBe('passed');
    expect((await verdict(values, { [VITEST]: print('      Tests  2 passed (2)\n') })).status).toBe('failed');
    expect((await verdict(values, { [VITEST]: print('no tests\n') })).status).toBe('failed');
  });
});

describe('a cell with a limit', () => {
  const alone = { tool: 'Node.js alone', module: 'ES modules' } as const;

  test('has passed by its way out where it is impossible without, and right with it', async () => {
    expect((await verdict(alone, { 'decorated.js': RAW, 'defined.js': RIGHT })).status).toBe('way out');
  });

  test('has failed if its way out fails', async () => {
    const { status, said } = await verdict(alone, { 'decorated.js': RAW, 'defined.js': 'throw new Error("lost")' });
    expect([status, said]).toEqual(['failed', expect.stringContaining('Error: lost')]);
  });

  test('has failed if what was impossible works: the table would be out of date', async () => {
    const { status, said } = await verdict(alone, { 'decorated.js': RIGHT, 'defined.js': RIGHT });
    expect([status, said]).toEqual(['failed', expect.stringContaining('thought to be impossible, and works')]);
  });

  test('has failed if it is impossible for another reason', async () => {
    const tools = { 'decorated.js': "throw new Error('no network')", 'defined.js': RIGHT };
    const { status, said } = await verdict(alone, tools);
    expect([status, said]).toEqual(['failed', expect.stringMatching(/another reason[^]*no network/)]);
  });

  test('and no way out is not possible, and tried all the same', async () => {
    const values = { tool: 'vitest', module: 'CommonJS' } as const;
    expect((await verdict(values, { [VITEST]: NO_CJS })).status).toBe('not possible');
    const works = await verdict(values, { [VITEST]: print('      Tests  1 passed (1)\n') });
    expect([works.status, works.said]).toEqual(['failed', expect.stringContaining('and works')]);
  });

  test('says why and what to do', () => {
    for (const { why, wayOut } of LIMITS) {
      expect(why).toMatch(/\.$/);
      expect(wayOut).toMatch(/\.$/);
    }
  });
});

test('a part that cells have in common is made once: the type check of all tools that find modules alike', async () => {
  const shop = workshop({ [TSX]: RIGHT });
  const trials = new Trials(shop);
  const cells = listCells().filter(
    ({ tool, dialect, module }) => tool === 'tsx' && dialect + module === 'legacyCommonJS',
  );
  expect(cells).toHaveLength(3 * 4);
  for (const cell of cells) expect((await trials.try(cell)).status).toBe('passed');
  // Three versions of TypeScript, four of Node.js.
  expect(shop.projects).toHaveLength(3 + 4);
});
