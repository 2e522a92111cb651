import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sqliteStore, type RunRecord } from 'stepstream/storage/sqlite';
import { CliProject } from './cli-project.js';
import { hear } from './listening-io.js';

const project = new CliProject([]);
afterAll(() => project.remove());

const NOON = Date.UTC(2026, 0, 15, 12);
const DAY = 86_400_000;

const FIRST: RunRecord = {
  v: 1,
  runId: 'first',
  pipeline: 'chatbot',
  fingerprint: 'f1',
  status: 'success',
  segment: 1,
  startedAt: NOON,
  endedAt: NOON + 2_000,
  usage: { input: 12, output: 34, models: {} },
  ledger: { start: { status: 'done', visits: ['done'] }, respond: { status: 'done', visits: ['done'] } },
  steps: [
    { key: 'start', startedAt: NOON, endedAt: NOON + 500, status: 'done', attempt: 1 },
    { key: 'respond', startedAt: NOON + 500, endedAt: NOON + 2_000, status: 'done', attempt: 2 },
  ],
  text: 'Hello,\nyou.',
  outputs: { start: 5, respond: 'Hello,\nyou.' },
  state: { prompt: 'hi' },
};
const SECOND: RunRecord = {
  ...FIRST,
  runId: 'second',
  status: 'failed',
  startedAt: NOON + DAY,
  endedAt: NOON + DAY + 90_000,
  error: { name: 'StepError', message: 'the model\nis down', code: 'STEP_FAILED' },
  ledger: { start: { status: 'done', visits: ['done'] }, respond: { status: 'not taken', visits: [], why: 'ended' } },
  steps: [{ key: 'start', startedAt: NOON + DAY, endedAt: NOON + DAY + 90_000, status: 'failed', attempt: 1 }],
  text: '',
  outputs: {},
};
const WAITING: RunRecord = {
  ...FIRST,
  runId: 'waiting',
  pipeline: 'shop',
  status: 'suspended',
  segment: 2,
  startedAt: NOON + 2 * DAY,
  endedAt: NOON + 2 * DAY + 10,
  asks: [{ step: 'ask', key: 'ask', path: [], ask: { buy: 'tea' } }],
  steps: [],
  redacted: true,
};

beforeEach(async () => {
  await using store = sqliteStore({ path: project.at('runs.sqlite') });
  await store.prune({ keep: 0, includeSuspended: true, includeRunning: true });
  for (const record of [FIRST, SECOND, WAITING]) await store.save(record);
});

const runs = (...args: string[]) =>
  hear(['runs', '--store', 'runs.sqlite', ...args], { cwd: project.path, now: () => NOON + 10 * DAY });
const said = async (...args: string[]) => {
  const { stdout, stderr, code } = await runs(...args);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout;
};

describe('stepstream runs', () => {
  test.each([[[]], [['list']]])('lists the newest first: %j', async (args) => {
    expect(await said(...args)).toBe(
      [
        'RUN      PIPELINE  STATUS     STARTED               TOOK        TOKENS',
        'waiting  shop      suspended  2026-01-17 12:00:00Z  10 ms       12 + 34',
        'second   chatbot   failed     2026-01-16 12:00:00Z  1 min 30 s  12 + 34',
        'first    chatbot   success    2026-01-15 12:00:00Z  2.0 s       12 + 34',
        '',
      ].join('\n'),
    );
  });

  const ids = async (...args: string[]) =>
    (JSON.parse(await said('list', '--json', ...args)) as RunRecord[]).map(({ runId }) => runId);

  test('lists those of a pipeline, of one status or of several, and as JSON', async () => {
    expect(await ids()).toEqual(['waiting', 'second', 'first']);
    expect(await ids('--pipeline', 'shop')).toEqual(['waiting']);
    expect(await ids('--status', 'failed')).toEqual(['second']);
    expect(await ids('--status', 'failed,success')).toEqual(['second', 'first']);
    expect(await said('list', '--pipeline', 'nobody')).toBe('No runs.\n');
  });

  test('lists as many as --limit says, and that there are more', async () => {
    const { stdout, stderr } = await runs('list', '--limit', '2');
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['RUN', 'waiting', 'second', '']);
    expect(stderr).toBe('There are more: raise --limit 2.\n');
  });

  test('shows everything of one run', async () => {
    expect(await said('show', 'first')).toBe(
      `chatbot first: success in 2.0 s
started   2026-01-15 12:00:00Z
plan      f1
tokens    12 + 34
step      start: done
step      respond: done
text      Hello,
          you.
output    start: 5
output    respond: "Hello,\\nyou."
state     prompt: "hi"
`,
    );
    expect(await said('show', 'second')).toMatch(
      /^chatbot second: failed in 1 min 30 s\n[^]*\nerror {5}StepError: the model\n {10}is down\n[^]*\nstep {6}respond: not taken\nstate/,
    );
    const waiting = await said('show', 'waiting');
    expect(waiting).toContain('started   2026-01-17 12:00:00Z, resumed 1×\n');
    expect(waiting).toContain('redacted  what authors and users have said is not kept\n');
    expect(waiting).toContain('waits     ask: {"buy":"tea"}\n');
    expect(JSON.parse(await said('show', 'first', '--json'))).toEqual(FIRST);
  });

  test('draws when the steps of a run ran', async () => {
    expect(await said('timeline', 'first')).toBe(
      [
        'STEP     FROM    TOOK    STATUS',
        `start    0 ms    500 ms  done             ${'█'.repeat(10)}`,
        `respond  500 ms  1.5 s   done, attempt 2  ${' '.repeat(10)}${'█'.repeat(30)}`,
        '',
      ].join('\n'),
    );
    expect(JSON.parse(await said('timeline', 'first', '--json'))).toEqual(FIRST.steps);
    expect(await said('timeline', 'waiting')).toBe('No step has run.\n');
  });

  test('draws of a run that goes on what has run till now', async () => {
    const startedAt = NOON + 10 * DAY - 1_000;
    const step = { key: 'start', startedAt: startedAt + 500, status: 'running', attempt: 1 } as const;
    await using store = sqliteStore({ path: project.at('runs.sqlite') });
    await store.save({ ...FIRST, runId: 'live', status: 'running', startedAt, endedAt: undefined, steps: [step] });
    expect(await said('timeline', 'live')).toContain(
      `start  500 ms  500 ms  running  ${' '.repeat(20)}${'█'.repeat(20)}\n`,
    );
  });

  test('compares two runs, and marks what differs', async () => {
    const lines = (await said('compare', 'first', 'second')).split('\n');
    const cells = lines.slice(0, -1).map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
    expect(cells).toEqual([
      ['', 'first', 'second'],
      ['', 'pipeline', 'chatbot', 'chatbot'],
      ['', 'plan', 'f1', 'f1'],
      ['≠', 'status', 'success', 'failed'],
      ['≠', 'error', '–', 'the model is down'],
      ['≠', 'started', '2026-01-15 12:00:00Z', '2026-01-16 12:00:00Z'],
      ['≠', 'took', '2.0 s', '1 min 30 s'],
      ['', 'tokens', '12 + 34', '12 + 34'],
      ['≠', 'step start', 'done in 500 ms', 'failed in 1 min 30 s'],
      ['≠', 'step respond', 'done in 1.5 s', '–'],
      ['≠', 'text', 'Hello, you.'],
      ['≠', 'output start', '5', '–'],
      ['≠', 'output respond', 'Hello, you.', '–'],
      ['', 'state prompt', 'hi', 'hi'],
    ]);
    const json = JSON.parse(await said('compare', 'first', 'second', '--json')) as { what: string; same: boolean }[];
    expect(json.filter(({ same }) => same).map(({ what }) => what)).toEqual([
      'pipeline',
      'plan',
      'tokens',
      'state prompt',
    ]);
  });

  test.each<readonly [readonly string[], string, readonly string[]]>([
    [['--before', '2026-01-16'], '1 run deleted.\n', ['waiting', 'second']],
    [['--before', '2026-01-16T13:00:00Z'], '2 runs deleted.\n', ['waiting']],
    [['--before', '9d'], '1 run deleted.\n', ['waiting', 'second']],
    [['--before', '20d'], '0 runs deleted.\n', ['waiting', 'second', 'first']],
    [['--keep', '1'], '1 run deleted.\n', ['waiting', 'second']],
    [['--keep', '0', '--pipeline', 'shop'], '0 runs deleted.\n', ['waiting', 'second', 'first']],
    [['--keep', '0', '--pipeline', 'shop', '--include-suspended'], '1 run deleted.\n', ['second', 'first']],
  ])('cleans up: %j', async (args, told, left) => {
    expect(await said('clean', ...args)).toBe(told);
    expect(await ids()).toEqual(left);
  });

  test('shows what stepstream run has kept, from true processes', { timeout: 30_000 }, async () => {
    const built = await new CliProject([]).build();
    try {
      const file = built.write(
        'bot.mjs',
        "import { definePipeline } from 'stepstream';\nexport const A = definePipeline({ name: 'a', steps: { only: { step: () => 7 } } });",
      );
      expect((await built.run(['run', file, '--input', '{}', '--store', 'a.sqlite'])).code).toBe(0);
      const list = await built.run(['runs', '--store', 'a.sqlite']);
      expect(list.stdout).toMatch(/^RUN .*\n[\w-]+ {2}a {9}success {2}\d{4}-/);
      const [id] = list.stdout.split('\n')[1].split(' ');
      expect((await built.run(['runs', 'show', id, '--store', 'a.sqlite'])).stdout).toContain('output    only: 7\n');
    } finally {
      built.remove();
    }
  });
});

describe('what runs can not mean is one line and exit code 2', () => {
  beforeAll(() => void project.write('text.txt', 'no database, but long enough to be taken for one'.repeat(9)));

  test.each<readonly [readonly string[], RegExp]>([
    [['runs'], /Say where the runs are kept: --store FILE\.sqlite\./],
    [['runs', '--store', 'none.sqlite'], /There is no file none\.sqlite\./],
    [['runs', '--store', 'text.txt'], /text\.txt can't be read or written: .*not a database/],
    [['runs', '--store', 'runs.sqlite', 'shwo', 'x'], /Nothing is called "runs shwo"\. Did you mean "show"\?/],
    [['runs', '--store', 'runs.sqlite', 'show'], /runs show takes the id of a run\./],
    [['runs', '--store', 'runs.sqlite', 'compare', 'first'], /runs compare takes the ids of two runs\./],
    [['runs', '--store', 'runs.sqlite', 'list', 'first'], /runs list takes no id\./],
    [['runs', '--store', 'runs.sqlite', 'show', 'nobody'], /There is no run "nobody" in that file\./],
    [
      ['runs', '--store', 'runs.sqlite', '--before', '3d'],
      /runs list has no option --before\. The options are --store, --pipeline/,
    ],
    [['runs', '--store', 'runs.sqlite', '--status', 'good'], /"good" is no status of a run/],
    [['runs', '--store', 'runs.sqlite', '--limit', 'x'], /--limit is a whole number, not "x"\./],
    [['runs', '--store', 'runs.sqlite', 'clean'], /Say what may go: --before 30d/],
    [['runs', '--store', 'runs.sqlite', 'clean', '--before', 'yesterday'], /--before is an age .* not "yesterday"\./],
    [['runs', '--store', 'runs.sqlite', 'clean', '--keep', '-1'], /--keep/],
    [['runs', '--store', 'runs.sqlite', 'clean', '--keep', 'all'], /--keep is a whole number, not "all"\./],
  ])('%j', async (args, message) => {
    const { stdout, stderr, code } = await hear(args, { cwd: project.path });
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toMatch(/^stepstream: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });
});
