import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** This repository's own settings, and what npm tells its scripts; but where it finds packages stays as it is. */
const OURS = /^(npm_(?!config_(registry|cache|userconfig)$)|VITEST|NODE_|CI$|FORCE_COLOR)/i;
/** A user's project has none of them. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !OURS.test(key))),
  NO_COLOR: '1',
};

/** What a command has said, and its exit code. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs a program to its end, or for so many minutes. */
export function say(file: string, args: readonly string[], cwd: string, minutes = 2): Promise<Said> {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: minutes * 60_000, maxBuffer: 1e8 };
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      const lost = error && typeof error.code !== 'number' ? `\n${error.message}` : '';
      resolve({ stdout, stderr: stderr + lost, code: error ? Number(error.code) || 1 : 0 });
    });
    child.stdin?.end();
  });
}

/** A folder outside of the repository in which packages are installed and projects are made; gone when it is disposed of. */
export class Workshop implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'stepstream-matrix-'));
  readonly #installed = new Map<string, Promise<string>>();
  #tarball = '';
  #projects = 0;

  /** Packs what was built. */
  async pack(): Promise<void> {
    if (!existsSync(join(root, 'dist/index.js')))
      throw new Error('There is nothing to pack: run `npm run build` first.');
    const [{ filename }] = JSON.parse(
      await this.#npm(['pack', '--json', '--ignore-scripts', '--pack-destination', this.path], root),
    ) as [{ filename: string }];
    this.#tarball = join(this.path, filename);
  }

  /** Installs packages as a user does, each set of them once; resolves to their `node_modules`. */
  install(packages: Readonly<Record<string, string>>): Promise<string> {
    const key = JSON.stringify(Object.entries(packages).sort());
    const known = this.#installed.get(key) ?? this.#install(packages, `packages-${this.#installed.size}`);
    this.#installed.set(key, known);
    return known;
  }

  /** A fresh project with these files, that has the packed package and these packages. */
  async project(files: Readonly<Record<string, string>>, packages: Readonly<Record<string, string>>): Promise<string> {
    const modules = await this.install({ ...packages, stepstream: `file:${this.#tarball}` });
    const folder = join(this.path, `project-${++this.#projects}`);
    for (const [name, text] of Object.entries(files)) write(join(folder, name), text);
    symlinkSync(modules, join(folder, 'node_modules'), 'dir');
    return folder;
  }

  /** The program that runs a Node.js of that major version: this one, or one from the registry. */
  async node(major: string): Promise<string> {
    if (process.versions.node.split('.')[0] === major) return process.execPath;
    const name = `node-${process.platform}-${process.arch}`;
    return join(await this.install({ [name]: major }), name, 'bin/node');
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  async #install(packages: Readonly<Record<string, string>>, name: string): Promise<string> {
    const folder = join(this.path, name);
    write(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
    await this.#npm(['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'], folder);
    return join(folder, 'node_modules');
  }

  async #npm(args: readonly string[], cwd: string): Promise<string> {
    const { stdout, stderr, code } = await say('npm', args, cwd, 10);
    if (code !== 0) throw new Error(`npm ${args[0]} has failed in ${cwd}: ${stdout}${stderr}`);
    return stdout;
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
