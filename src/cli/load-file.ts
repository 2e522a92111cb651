import { readFileSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Io } from './io.js';
import type { Exports, LoadedModule } from './loaded-module.js';
import { loadTypescript } from './load-typescript.js';
import { oneLine } from './one-line.js';
import { resolveImport } from './resolve-import.js';
import { UsageError } from './usage-error.js';

/** A module as it was named on the command line. */
export interface LoadedFile extends LoadedModule {
  /** As it was typed. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

const TYPESCRIPT = /^\.(ts|mts|cts|tsx)$/;

/** Loads the file of a command; throws a `UsageError` if there is none, or it can't be loaded. */
export async function loadFile(name: string | undefined, { cwd }: Io): Promise<LoadedFile> {
  if (name === undefined) throw new UsageError('Say which file has the pipeline.');
  const path = resolve(cwd, name);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw new UsageError(`There is no file ${name}.`);
  try {
    const load = TYPESCRIPT.test(extname(path)) ? loadTypescript : loadJavascript;
    return { name, path, ...(await load(path)) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${name} can't be loaded: ${oneLine(error)}${hintFor(path, error)}`);
  }
}

async function loadJavascript(path: string): Promise<LoadedModule> {
  return {
    exports: (await import(pathToFileURL(path).href)) as Exports,
    importAs: (specifier) => import(resolveImport(path, specifier)) as Promise<Exports>,
  };
}

/** JavaScript with decorators in it is the commonest file that Node.js can't read. */
const hintFor = (path: string, error: unknown): string =>
  error instanceof Error && error.name === 'SyntaxError' && /^\s*@\w+/m.test(readFileSync(path, 'utf8'))
    ? ' (Node.js compiles no decorators: name the TypeScript file, or what was compiled of it.)'
    : '';
