import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { root, type Program } from './read-programs.js';

export type Dialect = 'legacy' | 'standard';

export interface RunProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Is told all of stdout so far whenever more comes, and can send a signal. */
  readonly onStdout?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** What a program has said, and how it has ended. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | NodeJS.Signals | null;
}

const nameOf = ({ page, line }: Program): string => `${page.replaceAll('/', '-').replace('.md', '')}-${line}`;

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

  /** What the compiler says of all of them, under the settings of this repository's own tsconfig. */
  check(dialect: Dialect): string[] {
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as { config: object };
    const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
    const sources = this.#programs.map((program) => this.#source(program));
    const program = ts.createProgram(sources, {
      ...options,
      experimentalDecorators: dialect === 'legacy',
      // A private hook looks unused.
      noUnusedLocals: false,
      noEmit: true,
    });
    return sources.flatMap((source, index) =>
      ts.getPreEmitDiagnostics(program, program.getSourceFile(source)).map((diagnostic) => {
        const { line } = diagnostic.file!.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
        const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
        return `${this.#programs[index].page}:${line + 1}: ${text}`;
      }),
    );
  }

  /** Compiles them, beside the library's own sources. */
  async build(dialect: Dialect): Promise<void> {
    await build({
      entryPoints: this.#programs.map((program) => this.#source(program)),
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
        'stepstream/mermaid': `${root}src/mermaid/index.ts`,
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

  /** Runs one that was built, in a process of its own without anybody's keys. */
  run(program: Program, dialect: Dialect, { args = [], env = {}, onStdout }: RunProgramOptions = {}): Promise<Said> {
    const inherited = Object.entries(process.env).filter(([key]) => !/^(OPENAI_|VITEST|NODE_|TEST|FORCE_)/.test(key));
    const child = spawn(process.execPath, [join(this.#path, dialect, `${nameOf(program)}.mjs`), ...args], {
      cwd: this.#path,
      env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env },
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

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true });
  }

  #source(program: Program): string {
    return join(this.#path, `${nameOf(program)}.ts`);
  }
}
