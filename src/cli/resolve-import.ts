import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Target = string | { readonly import?: Target; readonly default?: Target } | undefined;

/** The URL of what `import` finds from a file; Node.js 20 says so of the importing file alone. Throws if nothing is found. */
export function resolveImport(from: string, packageName: string, subpath = '.'): string {
  const manifest = createRequire(from).resolve(`${packageName}/package.json`);
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: Readonly<Record<string, Target>> };
  const target = follow(exports?.[subpath]);
  if (target === undefined) throw new Error(`${packageName} exports no ${subpath}`);
  return pathToFileURL(join(dirname(manifest), target)).href;
}

const follow = (target: Target): string | undefined =>
  typeof target === 'object' ? follow(target.import ?? target.default) : target;
