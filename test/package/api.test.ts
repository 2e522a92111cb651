import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { root } from '../docs/read-programs.js';
import { reportApi } from './api-report.js';

type Exports = Record<string, string | { readonly import?: { readonly types: string }; readonly types?: string }>;
const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { exports: Exports };

const subpaths = Object.entries(exports).flatMap(([path, target]) => {
  const types = typeof target === 'string' ? undefined : (target.import?.types ?? target.types);
  return types === undefined ? [] : [{ path, types, name: path.slice(2).replaceAll('/', '-') || 'index' }];
});

describe('the public API', () => {
  test('has a subpath for every export that has types', () => {
    expect(subpaths.map(({ path }) => path)).toEqual(Object.keys(exports).filter((path) => !path.endsWith('.json')));
  });

  // After a change that is meant: `npm run api`.
  test.each(subpaths)('of $path is as api/$name.txt says', async ({ types, name }) => {
    await expect(reportApi(types)).toMatchFileSnapshot(`${root}api/${name}.txt`);
  });
});
