import { build } from 'esbuild';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The programs of the processes, ready to run. */
export interface Programs {
  readonly worker: string;
  readonly client: string;
  readonly remove: () => Promise<void>;
}

/** Compiles the programs once: a worker that is killed every other second must not spend its life on being compiled. */
export async function buildPrograms(): Promise<Programs> {
  // Where they find the packages that they import.
  const cache = here('../node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const outdir = await mkdtemp(join(cache, 'chaos-'));
  await build({
    ...{ entryPoints: [here('worker.ts'), here('client.ts')], outdir, tsconfig: here('../tsconfig.json') },
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', outExtension: { '.js': '.mjs' } },
    ...{ sourcemap: 'inline', logLevel: 'error' },
  });
  return {
    worker: join(outdir, 'worker.mjs'),
    client: join(outdir, 'client.mjs'),
    remove: () => rm(outdir, { recursive: true, force: true }),
  };
}
