import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A process of its own: what it is asked by a message it answers by one. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: string;

  constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  /** Asks one thing at a time. */
  async ask<Answer>(question: unknown): Promise<Answer> {
    this.#process.send(question as object);
    return this.hear<Answer>();
  }

  /** The next message. */
  async hear<Answer>(): Promise<Answer> {
    const ended = new AbortController();
    const exited = (code: number | null): void => ended.abort(new Error(`The process has ended with ${code}.`));
    this.#process.once('exit', exited);
    try {
      const [answer] = (await once(this.#process, 'message', { signal: ended.signal })) as [Answer];
      return answer;
    } finally {
      this.#process.off('exit', exited);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.kill('SIGKILL')) await once(this.#process, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a module of this folder, with the library's sources, in a process of its own. */
export async function startChild(name: string, args: readonly string[] = [], execArgv: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'stepstream-load-'));
  symlinkSync(from('../../../node_modules'), join(folder, 'node_modules'));
  await build({
    entryPoints: [from(`${name}.ts`)],
    outfile: join(folder, `${name}.mjs`),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    alias: { stepstream: from('../../../src/index.ts'), 'stepstream/http': from('../../../src/http/index.ts') },
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    logLevel: 'error',
  });
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(VITEST|NODE_|TEST)/.test(key)));
  return new Child(fork(join(folder, `${name}.mjs`), args, { env, execArgv: [...execArgv] }), folder);
}
