import { build } from 'esbuild';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where the programs find the packages that they import. */
const CACHE = here('../../../node_modules/.cache/programs');

const built = new Map<string, Promise<string>>();

/**
 * Compiles a program once, all its files into one, and resolves to where it is: each process that ran it through tsx would
 * take a second of CPU longer to start. Start it with `--enable-source-maps`.
 */
export function buildProgram(url: URL): Promise<string> {
  let program = built.get(url.href);
  if (!program) built.set(url.href, (program = compile(fileURLToPath(url))));
  return program;
}

async function compile(file: string): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [file], outdir: CACHE, write: false, tsconfig: here('../../../tsconfig.json') },
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', keepNames: true },
    ...{ sourcemap: 'inline', sourcesContent: false, logLevel: 'error' },
  });
  const [{ contents }] = outputFiles;
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  // Named after what is in it: a process that still runs another keeps its own.
  const program = join(CACHE, `${basename(file).replace(/\.\w+$/, '')}-${hash}.mjs`);
  if (existsSync(program)) return program;
  await mkdir(CACHE, { recursive: true });
  // Others may be at the same: what stands there is complete.
  const draft = `${program}.${randomUUID()}`;
  await writeFile(draft, contents);
  await rename(draft, program);
  return program;
}
