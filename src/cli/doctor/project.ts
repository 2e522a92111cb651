import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { oneLine } from '../one-line.js';
import { UsageError } from '../usage-error.js';
import { parseJsonc } from './parse-jsonc.js';

/** As much of a package.json as is looked at. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const DEPENDENCIES = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

/** A folder with a package.json. */
export class Project {
  readonly folder: string;
  readonly manifest: Manifest;

  constructor(folder: string, name: string) {
    this.folder = folder;
    const text = this.read('package.json');
    if (text === undefined) throw new UsageError(`There is no package.json in ${name}.`);
    try {
      this.manifest = parseJsonc(text) as Manifest;
    } catch (error) {
      throw new UsageError(`The package.json in ${name} is no JSON: ${oneLine(error)}`);
    }
  }

  /** The text of a file; undefined if it isn't there. */
  read(name: string): string | undefined {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /** The settings of a tool that may be in JavaScript or TypeScript. */
  configsOf(name: string): readonly { readonly name: string; readonly text: string }[] {
    const names = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((extension) => `${name}.config.${extension}`);
    return names.flatMap((one) => {
      const text = this.read(one);
      return text === undefined ? [] : [{ name: one, text }];
    });
  }

  /** Whether its package.json names a package. */
  dependsOn(name: string): boolean {
    return DEPENDENCIES.some((kind) => Object.hasOwn((this.manifest[kind] as object | undefined) ?? {}, name));
  }

  /** Where a package is installed for it, in its own folder or one above. */
  find(name: string): string | undefined {
    for (let folder = this.folder; ; folder = dirname(folder)) {
      const found = join(folder, 'node_modules', name);
      if (existsSync(join(found, 'package.json'))) return found;
      if (folder === dirname(folder)) return undefined;
    }
  }

  /** The installed version of a package. */
  versionOf(name: string): string | undefined {
    const folder = this.find(name);
    return folder === undefined ? undefined : versionIn(folder);
  }
}

/** The version that a package says of itself. */
export const versionIn = (folder: string): string | undefined =>
  (parseJsonc(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest).version;
