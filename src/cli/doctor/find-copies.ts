import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Finding } from './finding.js';
import { versionIn, type Project } from './project.js';

/** Finds every copy of stepstream that a project has installed: two of them have two of each class. */
export function findCopies(project: Project): readonly Finding[] {
  if (project.manifest.name === 'stepstream') return [];
  const main = project.find('stepstream');
  if (main === undefined) return [{ what: 'stepstream is not installed', remedy: 'Run `npm install stepstream`.' }];
  const copies = new Set([realpathSync(main), ...copiesIn(join(main, '..'), new Set())]);
  const names = [...copies].map((copy) => `${versionIn(copy)} in ${relative(realpathSync(project.folder), copy)}`);
  if (copies.size === 1) return [{ what: `stepstream ${versionIn(main)}` }];
  return [
    {
      what: `stepstream is installed ${copies.size} times (${names.join(', ')}), so that instanceof fails between them`,
      remedy: 'Run `npm dedupe`, and let all packages ask for one version.',
    },
  ];
}

/** The copies below a node_modules folder; links are followed once. */
function copiesIn(modules: string, seen: Set<string>): readonly string[] {
  if (!existsSync(modules)) return [];
  const real = realpathSync(modules);
  if (seen.has(real)) return [];
  seen.add(real);
  return readdirSync(real).flatMap((name) => {
    const path = join(real, name);
    // pnpm has each version of a package in a folder of its own: .pnpm/stepstream@1.0.0/node_modules.
    if (name === '.pnpm') return readdirSync(path).flatMap((one) => copiesIn(join(path, one, 'node_modules'), seen));
    if (name.startsWith('@'))
      return readdirSync(path).flatMap((one) => copiesIn(join(path, one, 'node_modules'), seen));
    const own = name === 'stepstream' && existsSync(join(path, 'package.json')) ? [realpathSync(path)] : [];
    return name.startsWith('.') ? [] : [...own, ...copiesIn(join(path, 'node_modules'), seen)];
  });
}
