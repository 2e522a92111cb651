import { createRequire } from 'node:module';
import { UsageError } from '../usage-error.js';
import type { SyntaxNode } from './syntax-node.js';

/** Reads a JavaScript program; throws for what is none. */
export type Parse = (source: string) => SyntaxNode;

interface Acorn {
  parse(source: string, options: { ecmaVersion: 'latest'; checkPrivateFields: false }): SyntaxNode;
}

/** Finds acorn, an optional peer: that of the file's own project first. */
export function loadParser(path: string): Parse {
  for (const from of [path, import.meta.url]) {
    try {
      const acorn = createRequire(from)('acorn') as Acorn;
      return (source) => acorn.parse(source, { ecmaVersion: 'latest', checkPrivateFields: false });
    } catch {
      // Not there; perhaps the other one.
    }
  }
  throw new UsageError(
    'Methods are read by acorn, which is not installed here, so nobody has looked whether they assign to `this`. Run `npm install -D acorn`.',
  );
}
