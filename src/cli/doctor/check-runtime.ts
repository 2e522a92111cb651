import type { Finding } from './finding.js';
import type { Project } from './project.js';

const OLDEST = [20, 19] as const;

/** Looks at the Node.js that this is. */
export function checkNode(version: string): Finding {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return { what: `Node.js ${version}` };
  return { what: `Node.js ${version} is too old`, remedy: `Install Node.js ${OLDEST.join('.')} or later.` };
}

/** A command of a script that gives Node.js a TypeScript file. */
const RUNS_TYPESCRIPT = /(?:^|[\s;&|])node\s+(?:(?![;&|]).)*?\.[mc]?ts(?=\s|$|["';&|])/;
const WITH_LOADER = /(?:--import|--loader|--experimental-loader|--require|-r)[\s=]/;
/** esbuild by its command, for a target that has decorators. */
const ESBUILD_ESNEXT = /(?:^|[\s;&|])esbuild\s(?:(?![;&|]).)*--target=esnext/i;

/** Looks at scripts that run or build decorators without compiling them. */
export function checkScripts({ manifest }: Project, legacy: boolean): readonly Finding[] {
  return Object.entries(manifest.scripts ?? {}).flatMap(([name, script]) => {
    const [command] = RUNS_TYPESCRIPT.exec(script) ?? [];
    if (command !== undefined && !WITH_LOADER.test(command))
      return [
        {
          what: `the script "${name}" has Node.js run TypeScript by itself, which compiles no decorators`,
          remedy: 'Run it by tsx: `npm install -D tsx`, and `tsx` instead of `node`.',
        },
      ];
    if (legacy || !ESBUILD_ESNEXT.test(script)) return [];
    return [
      {
        what: `the script "${name}" builds for the target esnext, which leaves standard decorators in the code`,
        remedy: 'Say --target=es2022.',
      },
    ];
  });
}
