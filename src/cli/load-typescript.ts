import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LoadedModule } from './loaded-module.js';
import { resolveImport } from './resolve-import.js';
import { UsageError } from './usage-error.js';

/** As much of tsx as is used here. */
interface TsxEsm {
  register(options: { namespace: string; tsconfig: string | false }): {
    import(specifier: string, parent: string): Promise<Readonly<Record<string, unknown>>>;
  };
}
interface TsxCommonJs {
  register(options: { namespace: string }): unknown;
}

let count = 0;

/** Loads a TypeScript file by tsx, an optional peer, as the tsconfig.json that is nearest to the file says. */
export async function loadTypescript(path: string): Promise<LoadedModule> {
  const { esmUrl, commonJsUrl } = findTsx(path);
  const tsconfig = nearestTsconfig(dirname(path));
  // A namespace keeps it from everything else that this process loads.
  const namespace = `stepstream-${(count += 1)}`;
  const esm = await withTsconfig(tsconfig, async () => {
    // For files that are CommonJS, and what they require.
    ((await import(commonJsUrl)) as TsxCommonJs).register({ namespace });
    return ((await import(esmUrl)) as TsxEsm).register({ namespace, tsconfig: tsconfig ?? false });
  });
  const url = pathToFileURL(path).href;
  return {
    exports: await withTsconfig(tsconfig, () => esm.import(url, url)),
    importAs: (specifier) => esm.import(specifier, url),
  };
}

/** That of the file's own project first: its version knows the project's TypeScript. */
function findTsx(path: string): { readonly esmUrl: string; readonly commonJsUrl: string } {
  for (const from of [path, import.meta.url]) {
    try {
      // As modules: what tsx has for `require` looks for its loader in the wrong folder.
      return { esmUrl: resolveImport(from, 'tsx', './esm/api'), commonJsUrl: resolveImport(from, 'tsx', './cjs/api') };
    } catch {
      // Not there; perhaps the other one.
    }
  }
  throw new UsageError('TypeScript files are read by tsx, which is not installed here. Run `npm install -D tsx`.');
}

/** The file that decides which decorators are meant. */
function nearestTsconfig(folder: string): string | undefined {
  const path = join(folder, 'tsconfig.json');
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestTsconfig(parent);
}

/** For CommonJS, tsx takes the path of tsconfig.json from the environment alone. */
async function withTsconfig<T>(tsconfig: string | undefined, work: () => Promise<T>): Promise<T> {
  const before = process.env.TSX_TSCONFIG_PATH;
  if (tsconfig !== undefined) process.env.TSX_TSCONFIG_PATH = tsconfig;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TSX_TSCONFIG_PATH;
    else process.env.TSX_TSCONFIG_PATH = before;
  }
}
