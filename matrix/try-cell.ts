import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limitOf, VERSIONS, type Cell } from './cells.js';
import { TOOLS, tsconfigOf } from './tools.js';
import { say, type Said, type Workshop } from './workshop.js';

/** What came of a cell. */
export interface Verdict {
  readonly cell: Cell;
  /** `way out`: the tool can't, and its documented way out gives the program; `not possible`: nor does it have one. */
  readonly status: 'passed' | 'way out' | 'not possible' | 'failed';
  /** Of a failed one: what was said. */
  readonly said?: string;
}

const read = (name: string): string => readFileSync(new URL(`program/${name}`, import.meta.url), 'utf8');
const SOURCES = { 'src/program.ts': read('program.ts'), 'src/main.ts': read('main.ts') };
const EXPECTED = read('expected.txt');
const DEFINED = read('defined.js');
/** What Node.js would have to run, if it ran decorators. */
const DECORATED = `import { Pipeline, Step } from 'stepstream';\n\nclass Bot extends Pipeline {\n  @Step() start() {}\n}\nconsole.log(Bot.name);\n`;

/** Tries cells in one workshop; a part that several have in common, such as the type check, is made once. */
export class Trials {
  readonly #workshop: Pick<Workshop, 'project' | 'node'>;
  readonly #parts = new Map<string, Promise<string | undefined>>();

  constructor(workshop: Pick<Workshop, 'project' | 'node'>) {
    this.#workshop = workshop;
  }

  /** Type-checks, compiles, runs and compares. */
  async try(cell: Cell): Promise<Verdict> {
    const limit = limitOf(cell);
    // What tsc compiles it has checked.
    const checked = cell.tool === 'tsc' ? Promise.resolve(undefined) : this.#check(cell);
    // What can't even be installed has failed, and the other cells go on.
    const complaint = await checked.then((wrong) => wrong ?? this.#run(cell)).catch(String);
    if (complaint !== undefined) return { cell, status: 'failed', said: complaint };
    if (!limit) return { cell, status: 'passed' };
    return { cell, status: limit.wayOutRuns ? 'way out' : 'not possible' };
  }

  /** What the compiler says of the program; it doesn't depend on the tool, but for how that finds modules. */
  #check(cell: Cell): Promise<string | undefined> {
    const tsconfig = tsconfigOf(cell);
    return this.#once(['check', cell.typescript, cell.module, tsconfig], async () => {
      const project = await this.#workshop.project(filesOf(cell, {}), {
        typescript: VERSIONS.typescript[cell.typescript],
      });
      const tsc = join(project, 'node_modules/typescript/bin/tsc');
      const said = await say(process.execPath, [tsc, '--noEmit'], project);
      return said.code === 0 ? undefined : `TypeScript ${cell.typescript} says\n${textOf(said)}`;
    });
  }

  /** What is wrong with the program as the tool makes it. */
  #run(cell: Cell): Promise<string | undefined> {
    const { tool, dialect, module, runtime, typescript } = cell;
    return this.#once(
      ['run', tool, dialect, module, runtime, TOOLS[tool].usesTypeScript ? typescript : ''],
      async () => {
        const limit = limitOf(cell);
        if (limit) {
          const said = await this.#make(cell, false);
          if (isRight(cell, said)) return `It was thought to be impossible, and works: ${limit.why} Correct the limit.`;
          if (!limit.says.test(said.stdout + said.stderr))
            return `It is not possible for another reason than it was: ${limit.says.source}\n${textOf(said)}`;
          if (!limit.wayOutRuns) return undefined;
        }
        const said = await this.#make(cell, true);
        return isRight(cell, said) ? undefined : textOf(said);
      },
    );
  }

  /** Makes the project and runs its commands up to the first that fails. */
  async #make(cell: Cell, wayOut: boolean): Promise<Said> {
    const { packages, settings, commands } = TOOLS[cell.tool];
    const plugin = wayOut && limitOf(cell) !== undefined;
    const project = await this.#workshop.project(filesOf(cell, settings(cell, plugin)), packages(cell));
    const runtime =
      cell.runtime === 'Bun'
        ? join(project, 'node_modules/bun/bin/bun.exe')
        : await this.#workshop.node(cell.runtime.replace('Node ', ''));
    let said: Said = { stdout: '', stderr: '', code: 0 };
    for (const command of commands(cell, plugin)) {
      said = await say(runtime, command, project);
      if (said.code !== 0) break;
    }
    return said;
  }

  #once(key: readonly string[], make: () => Promise<string | undefined>): Promise<string | undefined> {
    const name = key.join('\n');
    const part = this.#parts.get(name) ?? make();
    this.#parts.set(name, part);
    return part;
  }
}

function filesOf(cell: Cell, settings: Readonly<Record<string, string>>): Record<string, string> {
  const commonJs = cell.module === 'CommonJS';
  const asModule = (code: string): string =>
    commonJs ? code.replace(/^import (\{.*\}) from '(.*)';$/m, "const $1 = require('$2');") : code;
  return {
    ...SOURCES,
    'package.json': JSON.stringify({ private: true, type: commonJs ? 'commonjs' : 'module' }),
    'tsconfig.json': tsconfigOf(cell),
    'expected.txt': EXPECTED,
    'defined.js': asModule(DEFINED),
    'decorated.js': asModule(DECORATED),
    ...settings,
  };
}

function isRight(cell: Cell, { stdout, code }: Said): boolean {
  if (code !== 0) return false;
  return TOOLS[cell.tool].proof === 'test' ? /^ +Tests +1 passed \(1\)$/m.test(stdout) : stdout === EXPECTED;
}

const textOf = ({ stdout, stderr, code }: Said): string => `${stdout}${stderr}\n(exit code ${code})`;
