import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../docs/read-programs.js';

const run = promisify(execFile);

/** Without this repository's own settings: a user's project has none of them. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([key]) => !/^(npm_|OPENAI_|VITEST|NODE_)/i.test(key)),
);

/** An empty project, without a tsconfig, in which the packed package is installed and nothing else. */
export class PackedProject {
  readonly path = mkdtempSync(join(tmpdir(), 'stepstream-package-'));
  readonly project = join(this.path, 'project');

  /** Packs what was built and installs it from the registry's point of view: with its dependencies, without ours. */
  async install(): Promise<void> {
    const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', this.path], {
      cwd: root,
      env,
    });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    mkdirSync(this.project);
    this.write('package.json', '{ "name": "app", "private": true }');
    const options = ['--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', ['install', ...options, join(this.path, filename)], { cwd: this.project, env });
  }

  /** What npm has installed, as it says itself. */
  get packages(): string[] {
    const lock = JSON.parse(readFileSync(this.#at('node_modules/.package-lock.json'), 'utf8')) as { packages: object };
    return Object.keys(lock.packages).map((path) => path.replace('node_modules/', ''));
  }

  /** Bytes of all installed files. */
  get size(): number {
    const files = readdirSync(this.#at('node_modules'), { recursive: true, encoding: 'utf8' });
    return files.reduce((sum, file) => sum + sizeOf(this.#at(`node_modules/${file}`)), 0);
  }

  write(name: string, text: string): string {
    writeFileSync(this.#at(name), text);
    return this.#at(name);
  }

  /** Runs a file as `node` does. */
  async node(name: string): Promise<string> {
    return (await run(process.execPath, [name], { cwd: this.project, env })).stdout;
  }

  /** Runs a file as `npx tsx` does. */
  async tsx(name: string): Promise<string> {
    const tsx = `${root}node_modules/tsx/dist/cli.mjs`;
    return (await run(process.execPath, [tsx, name], { cwd: this.project, env })).stdout;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #at(name: string): string {
    return join(this.project, name);
  }
}

function sizeOf(path: string): number {
  const stats = statSync(path);
  return stats.isFile() ? stats.size : 0;
}
