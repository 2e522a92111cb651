import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../docs/read-programs.js';

/** What a command has said, and how it has ended. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | NodeJS.Signals | null;
}

/** A project on the disk that has stepstream, as built from the sources, and the packages that are named. */
export class CliProject {
  readonly path = mkdtempSync(join(tmpdir(), 'stepstream-cli-'));

  constructor(packages: readonly string[] = ['tsx', 'acorn']) {
    mkdirSync(this.at('node_modules'));
    for (const name of ['eventemitter3', 'reflect-metadata', 'libsql', ...packages])
      symlinkSync(`${root}node_modules/${name}`, this.at(`node_modules/${name}`));
    this.write('package.json', '{ "type": "module" }');
  }

  /** Compiles the sources to where npm would have put the package. */
  async build(): Promise<this> {
    const folder = this.at('node_modules/stepstream');
    mkdirSync(folder);
    cpSync(`${root}package.json`, join(folder, 'package.json'));
    const entryPoints = {
      index: `${root}src/index.ts`,
      cli: `${root}src/cli/main.ts`,
      'storage/sqlite': `${root}src/storage/sqlite/index.ts`,
    };
    const common = { entryPoints, bundle: true, platform: 'node', target: 'node20', packages: 'external' } as const;
    await Promise.all([
      build({ ...common, outdir: join(folder, 'dist'), format: 'esm', splitting: true }),
      build({
        ...common,
        entryPoints: [entryPoints.index],
        outfile: join(folder, 'dist/index.cjs'),
        format: 'cjs',
      }),
    ]);
    return this;
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file and the folders that it is in; returns its name. */
  write(name: string, text: string): string {
    mkdirSync(dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), text);
    return name;
  }

  /** Runs `npx stepstream` in a process of its own, without a terminal. */
  run(args: readonly string[], onStart?: (child: ChildProcess) => void): Promise<Said> {
    const cli = this.at('node_modules/stepstream/dist/cli.js');
    const child = spawn(process.execPath, [cli, ...args], { cwd: this.path, timeout: 30_000 });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (data: string) => (said.stdout += data));
    child.stderr.setEncoding('utf8').on('data', (data: string) => (said.stderr += data));
    onStart?.(child);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ ...said, code: signal ?? code }));
    });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
