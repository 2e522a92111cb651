import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { root } from '../../docs/read-programs.js';
import { DRIVERS } from '../../storage/sqlite-folder.js';

/** What vitest says of a run as JSON, as far as it is looked at. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const FILES = [
  'test/storage/sqlite-store.test.ts',
  'test/storage/sqlite-file.test.ts',
  'test/integration/storage/sqlite-processes.test.ts',
];
const PROJECTS = ['--project', 'legacy', '--project', 'integration'];

const { NODE24 } = process.env;
const here = DRIVERS.includes('node:sqlite');
const needed = here ? 'this Node.js has node:sqlite itself' : 'NODE24 is the path of a Node.js of 22.13 or later';

test.skipIf(here || !NODE24)(`the SQLite suites hold on node:sqlite (${needed})`, { timeout: 300_000 }, async () => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(VITEST|NODE_ENV|TEST$)/.test(key)));
  const vitest = `${root}node_modules/vitest/vitest.mjs`;
  const child = spawn(NODE24!, [vitest, 'run', ...PROJECTS, '--reporter', 'json', ...FILES], {
    cwd: root,
    env: { ...env, STORAGE_DRIVERS: 'node' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (!stdout.includes('{')) throw new Error(`vitest has not run: ${stderr}`);
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Report;
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  expect(
    results.filter(({ status }) => status !== 'passed'),
    stderr,
  ).toEqual([]);
  expect(results.filter(({ fullName }) => fullName.includes('through node:sqlite')).length, stderr).toBeGreaterThan(
    130,
  );
  expect(code).toBe(0);
});
