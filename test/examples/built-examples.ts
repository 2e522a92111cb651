import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { runNode, type Said } from './run-node.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Between the outputs of several mains. */
const LINE = '\u2028\n';

/** The mains of several examples, compiled once beside the library's own sources. */
export class BuiltExamples implements Disposable {
  readonly #path = mkdtempSync(join(tmpdir(), 'stepstream-examples-'));
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
    symlinkSync(`${root}node_modules`, join(this.#path, 'node_modules'));
  }

  async build(dialect: 'legacy' | 'standard'): Promise<void> {
    await build({
      entryPoints: this.#names.map((name) => ({ in: `${root}examples/${name}/main.ts`, out: name })),
      outdir: this.#path,
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
        'stepstream/testing': `${root}src/testing/index.ts`,
      },
      tsconfigRaw: { compilerOptions: { experimentalDecorators: dialect === 'legacy' } },
      logLevel: 'silent',
    });
  }

  run(name: string, args: readonly string[] = []): Promise<Said> {
    return runNode([join(this.#path, `${name}.mjs`), ...args]);
  }

  /** Each in a process of its own, two at a time. */
  async runEach(): Promise<Map<string, Said>> {
    const said = new Map<string, Said>();
    const left = this.#names.values();
    const work = async (): Promise<void> => {
      for (const name of left) said.set(name, await this.run(name));
    };
    await Promise.all([work(), work()]);
    return said;
  }

  /** One after the other in one process: what each has printed. */
  async runInOne(): Promise<Map<string, string>> {
    const imports = this.#names.map((name) => `await import(${JSON.stringify(join(this.#path, `${name}.mjs`))});`);
    const separator = `process.stdout.write(${JSON.stringify(LINE)});`;
    const { stdout, code } = await runNode(['--input-type=module', '--eval', imports.join(separator)]);
    if (code !== 0) throw new Error(`One of ${this.#names.join(', ')} has ended with ${code}:\n${stdout}`);
    const printed = stdout.split(LINE);
    return new Map(this.#names.map((name, place) => [name, printed[place]]));
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}
