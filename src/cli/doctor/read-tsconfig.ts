import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { oneLine } from '../one-line.js';
import { parseJsonc } from './parse-jsonc.js';

/** What is looked at in a tsconfig.json, with what it extends. */
export interface CompilerOptions {
  readonly experimentalDecorators?: boolean;
  readonly target?: string;
}

/** The options of a project's tsconfig.json, or why it can't be read; undefined if there is none. */
export function readTsconfig(folder: string): CompilerOptions | { readonly problem: string } | undefined {
  const path = resolve(folder, 'tsconfig.json');
  if (!existsSync(path)) return undefined;
  try {
    return optionsIn(path, new Set());
  } catch (error) {
    return { problem: oneLine(error).replace(/^SyntaxError: /, '') };
  }
}

function optionsIn(path: string, seen: Set<string>): CompilerOptions {
  if (seen.has(path)) throw new Error(`${path} extends itself`);
  seen.add(path);
  const { extends: bases = [], compilerOptions } = parseJsonc(readFileSync(path, 'utf8')) as {
    readonly extends?: string | readonly string[];
    readonly compilerOptions?: CompilerOptions;
  };
  // The last base counts most.
  const inherited = [bases].flat().map((base) => optionsIn(resolveBase(path, base), new Set(seen)));
  return Object.assign({}, ...inherited, compilerOptions) as CompilerOptions;
}

/** A path from where the file is, with or without its ending, or something of a package. */
function resolveBase(path: string, base: string): string {
  if (!base.startsWith('.') && !base.startsWith('/')) return resolvePackage(path, base);
  const found = resolve(dirname(path), base);
  const candidates = [found, `${found}.json`, resolve(found, 'tsconfig.json')];
  return candidates.find((one) => statSync(one, { throwIfNoEntry: false })?.isFile()) ?? found;
}

function resolvePackage(path: string, base: string): string {
  const { resolve: find } = createRequire(path);
  for (const one of [base, `${base}.json`, `${base}/tsconfig.json`]) {
    try {
      return find(one);
    } catch {
      // It may be written in another way.
    }
  }
  throw new Error(`it extends ${base}, which is not installed`);
}
