import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

interface File {
  readonly type: string;
  readonly text: string;
}

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let page: Promise<ReadonlyMap<string, File>> | undefined;

/** The files of the page by their paths; its script is built once, when it is asked for first. */
export function buildPage(): Promise<ReadonlyMap<string, File>> {
  return (page ??= readPage());
}

async function readPage(): Promise<ReadonlyMap<string, File>> {
  const { outputFiles } = await build({
    entryPoints: [at('./page/main.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    // This repository's own sources stand in for the installed package.
    tsconfig: at('../../tsconfig.json'),
  });
  // The web chat's clothes, and a few of its own.
  const styles = await Promise.all(
    ['../web-chat/page/style.css', './page/workers.css'].map((path) => readFile(at(path))),
  );
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', text: await readFile(at('./page/index.html'), 'utf8') }],
    ['/style.css', { type: 'text/css; charset=utf-8', text: styles.join('\n') }],
    ['/main.js', { type: 'text/javascript; charset=utf-8', text: outputFiles[0].text }],
  ]);
}
