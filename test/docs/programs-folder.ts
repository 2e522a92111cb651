import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Said } from './program-host.js';
import { root, type Program } from './read-programs.js';

export type Dialect = 'legacy' | 'standard';

export interface RunProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Is told all of stdout so far whenever more comes, and can send a signal. */
  readonly onStdout?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Programs that change what all programs of a process share. */
const CHANGES_ALL = /Date\.now = |Object\.assign\(process,|\bobserve\(/;

const HOST = `${root}test/docs/program-host.ts`;

const nameOf = ({ page, line }: Program): string => `${page.replaceAll('/', '-').replace('.md', '')}-${line}`;

/** Those that are programs in this dialect. */
export const programsIn = <P extends Program>(dialect: Dialect, programs: readonly P[]): P[] =>
  programs.filter(({ legacyOnly }) => dialect === 'legacy' || !legacyOnly);

/** Programs of the documentation, as files in a folder of their own that is removed when the test has ended. */
export class ProgramsFolder implements Disposable {
  readonly #path = mkdtempSync(join(tmpdir(), 'stepstream-docs-'));
  readonly #programs: readonly Program[];

  constructor(programs: readonly Program[]) {
    this.#programs = programs;
    symlinkSync(`${root}node_modules`, join(this.#path, 'node_modules'));
    writeFileSync(join(this.#path, 'package.json'), '{ "type": "module" }');
    for (const program of programs) writeFileSync(this.#source(program), program.code);
  }

  /** Where those are that are programs in this dialect. */
  filesIn(dialect: Dialect): readonly { readonly page: string; readonly path: string }[] {
    return programsIn(dialect, this.#programs).map((program) => ({ page: program.page, path: this.#source(program) }));
  }

  /** Compiles them, beside the library's own sources. */
  async build(dialect: Dialect): Promise<void> {
    await build({
      entryPoints: [HOST, ...this.filesIn(dialect).map(({ path }) => path)],
      entryNames: '[name]',
      outdir: join(this.#path, dialect),
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      keepNames: true,
      outExtension: { '.js': '.mjs' },
      packages: 'external',
      alias: {
        stepstream: `${root}src/index.ts`,
        'stepstream/client': `${root}src/client/index.ts`,
        'stepstream/conformance': `${root}src/conformance/index.ts`,
        'stepstream/engine/dbos': `${root}src/engine/dbos/index.ts`,
        'stepstream/http': `${root}src/http/index.ts`,
        'stepstream/mermaid': `${root}src/mermaid/index.ts`,
        'stepstream/nestjs': `${root}src/nestjs/index.ts`,
        'stepstream/openai': `${root}src/openai/index.ts`,
        'stepstream/storage/memory': `${root}src/storage/memory/index.ts`,
        'stepstream/storage/sqlite': `${root}src/storage/sqlite/index.ts`,
        'stepstream/testing': `${root}src/testing/index.ts`,
        'stepstream/testing/vitest': `${root}src/testing/vitest.ts`,
      },
      tsconfigRaw: { compilerOptions: { experimentalDecorators: dialect === 'legacy' } },
      logLevel: 'silent',
    });
  }

  /** Runs those that were built, several in one process, but for those that would change it for the others. */
  async runAll(programs: readonly Program[], dialect: Dialect): Promise<ReadonlyMap<Program, Said>> {
    const alone = programs.filter(({ code }) => CHANGES_ALL.test(code));
    const together = programs.filter((program) => !alone.includes(program));
    const said = await Promise.all([
      this.#runTogether(together, dialect),
      ...alone.map((program) => this.#runTogether([program], dialect)),
    ]);
    return new Map(said.flat());
  }

  async #runTogether(programs: readonly Program[], dialect: Dialect): Promise<[Program, Said][]> {
    if (programs.length === 0) return [];
    const paths = programs.map((program) => join(this.#path, dialect, `${nameOf(program)}.mjs`));
    const child = fork(join(this.#path, dialect, 'program-host.mjs'), paths, {
      cwd: this.#path,
      env: this.#env(),
      execArgv: [],
      silent: true,
      timeout: 60_000,
    });
    const said: Said[] = [];
    // What even the process itself did not write by process.stdout or process.stderr.
    let besides = '';
    child.on('message', (one: Said) => said.push(one));
    child.stdout!.setEncoding('utf8').on('data', (data: string) => (besides += data));
    child.stderr!.setEncoding('utf8').on('data', (data: string) => (besides += data));
    const end = await new Promise<number | string | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? code));
    });
    if (end === 0 && besides === '' && said.length === programs.length)
      return programs.map((program, place) => [program, said[place]]);
    throw new Error(`After ${said.length} programs (${paths[said.length]} is next) it ended with ${end}: ${besides}`);
  }

  /** Runs one that was built, in a process of its own. */
  run(program: Program, dialect: Dialect, { args = [], env = {}, onStdout }: RunProgramOptions = {}): Promise<Said> {
    const child = spawn(process.execPath, [join(this.#path, dialect, `${nameOf(program)}.mjs`), ...args], {
      cwd: this.#path,
      env: { ...this.#env(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 30_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      stdout += data;
      onStdout?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (data: string) => (stderr += data));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ stdout, stderr, code: signal ?? code }));
    });
  }

  /** That of this process without anybody's keys. */
  #env(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([key]) => !/^(OPENAI_|VITEST|NODE_|TEST|FORCE_)/.test(key));
    return { ...Object.fromEntries(inherited), NO_COLOR: '1' };
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true });
  }

  #source(program: Program): string {
    return join(this.#path, `${nameOf(program)}.ts`);
  }
}
