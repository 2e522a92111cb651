import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { FrameworkServer } from './describe-framework.js';
import { listen } from './listen.js';

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const VENDOR = from('../vendor/next/');
const ROUTES = ['chat/route', 'runs/route', 'runs/[id]/route', 'flood/route'];

const next = createRequire(`${VENDOR}package.json`)('next') as (options: object) => {
  prepare(): Promise<void>;
  close(): Promise<void>;
  getRequestHandler(): RequestListener;
};

/** Builds an application of Next.js as `next build` does, and serves it in this process, whose scenes its routes find. */
export async function startNext(): Promise<FrameworkServer> {
  const folder = mkdtempSync(`${VENDOR}app-`);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    await buildApp(folder);
    const app = next({ dev: false, dir: folder });
    await app.prepare();
    const server = await listen(app.getRequestHandler());
    return {
      url: server.url,
      async close() {
        await server.close();
        await app.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

async function buildApp(folder: string): Promise<void> {
  await bundleRoutes(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const layout = 'export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n';
  writeFileSync(join(folder, 'app/layout.jsx'), layout);
  const config = `export default { turbopack: { root: ${JSON.stringify(VENDOR)} } };\n`;
  writeFileSync(join(folder, 'next.config.mjs'), config);
  const inherited = Object.entries(process.env).filter(([key]) => !/^(VITEST|NODE_|TEST)/.test(key));
  const env = { ...Object.fromEntries(inherited), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as const;
  await promisify(execFile)(process.execPath, [`${VENDOR}node_modules/next/dist/bin/next`, 'build'], {
    cwd: folder,
    env,
  });
}

/** The routes, and what they share, in files as a bundler of an application would find them: sources are compiled. */
async function bundleRoutes(folder: string): Promise<void> {
  await build({
    entryPoints: Object.fromEntries(ROUTES.map((route) => [route, from(`next-app/${route}.ts`)])),
    outdir: join(folder, 'app'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    alias: { stepstream: from('../../../src/index.ts'), 'stepstream/http': from('../../../src/http/index.ts') },
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    logLevel: 'error',
  });
}
