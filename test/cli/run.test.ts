import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sqliteStore } from 'stepstream/storage/sqlite';
import { CliProject, type Said } from './cli-project.js';
import { hear, type Played } from './listening-io.js';
import { Screen } from './screen.js';

const project = new CliProject();
beforeAll(() => project.build(), 60_000);
afterAll(() => project.remove());

const run = (args: readonly string[], played?: Partial<Played>) =>
  hear(['run', ...args], { cwd: project.path, ...played });

const linesOf = (stdout: string) =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { type: string; [field: string]: unknown });

const BOT = `
import { definePipeline, suspend } from 'stepstream';
const tick = () => new Promise((resolve) => setTimeout(resolve, 1));
export const Bot = definePipeline({
  name: 'bot',
  steps: {
    start: { to: 'respond', step: ({ state }) => state.words.length },
    respond: { async *streaming({ state, usage }) {
      for (const word of state.words) { await tick(); yield word; }
      usage({ input: 3, output: 4 });
    } },
  },
});
export const Silent = definePipeline({ name: 'silent', steps: { only: { step: ({ context }) => ({ said: context ?? null }) } } });
export const Failing = definePipeline({ name: 'failing', steps: { only: { step() { throw new Error('no luck'); } } } });
export const Slow = definePipeline({ name: 'slow', steps: { only: { async *streaming({ signal }) {
  yield 'begun';
  await new Promise((resolve) => { const timer = setTimeout(resolve, 60_000); signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }); });
} } }, onShutdown: { bye() { console.error('cleaned up'); } } });
export const Shop = definePipeline({ name: 'shop', steps: {
  ask: { to: 'order', step: ({ state }) => suspend({ buy: state.item }) },
  order: { step: ({ input, state }) => input ? state.item + ' is ordered' : 'never mind' },
} });
export const Again = definePipeline({ name: 'again', steps: { only: { retry: 2, async *streaming({ attempt }) {
  yield 'try ' + attempt;
  if (attempt === 1) throw new Error('once more');
} } } });
`;
const bot = (name: string, input = '{}') => [project.write('bot.mjs', BOT), '--class', name, '--input', input];
const WORDS = '{"words":["Hello, ","you","!\\nBye"]}';

describe('stepstream run, where nobody looks', () => {
  test('prints the events as lines of JSON, and ends with 0', async () => {
    const { stdout, stderr, code, listeners } = await run(bot('Bot', WORDS));
    const events = linesOf(stdout);
    expect({ stderr, code, listeners }).toEqual({ stderr: '', code: 0, listeners: 0 });
    expect(events.filter(({ type }) => type === 'token').map(({ value }) => value)).toEqual([
      'Hello, ',
      'you',
      '!\nBye',
    ]);
    expect(events[0]).toMatchObject({ type: 'run-start', pipeline: 'bot', seq: 1 });
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'success', seq: events.length });
  });

  test('writes each line when its event happens', async () => {
    const before: number[] = [];
    await run(bot('Bot', WORDS), { onStdout: (stdout) => before.push(linesOf(stdout).length) });
    expect(before).toEqual(before.map((_, place) => place + 1));
    expect(before.length).toBeGreaterThan(8);
  });

  test('prints lines on a terminal too, if --json asks for them', async () => {
    const { stdout, stderr } = await run([...bot('Bot', WORDS), '--json'], { stdoutIsTTY: true, stderrIsTTY: true });
    expect(linesOf(stdout).length).toBeGreaterThan(8);
    expect(stderr).toBe('');
  });

  test('says the message of a failure, and ends with 1', async () => {
    const { stdout, stderr, code } = await run(bot('Failing'));
    expect(stderr).toMatch(/^failing\.only: no luck/);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(linesOf(stdout).at(-1)).toMatchObject({ type: 'run-end', status: 'failed' });
    expect(code).toBe(1);
  });

  test('ends with 1 when its --timeout is used up', async () => {
    const { stdout, stderr, code } = await run([...bot('Slow'), '--timeout', '30']);
    expect(linesOf(stdout).at(-1)).toMatchObject({ type: 'run-end', status: 'timeout' });
    expect({ said: /30 ms/.test(stderr), code }).toEqual({ said: true, code: 1 });
  });

  test('hands the steps what --context says, and takes JSON from files', async () => {
    const state = project.write('state.json', '{}');
    const args = [project.write('bot.mjs', BOT), '--class', 'silent', '--input', `@${state}`, '--context', '"acme"'];
    const { stdout } = await run(args);
    expect(linesOf(stdout).find(({ type }) => type === 'step-end')).toMatchObject({ output: { said: 'acme' } });
  });
});

describe('stepstream run on a terminal', () => {
  /** Stdout and stderr are one screen, as they are on a terminal. */
  const look = async (args: readonly string[], height = 24) => {
    const screen = new Screen(height);
    const looks: string[] = [];
    const onWrite = (text: string): void => {
      screen.write(text);
      looks.push(screen.text);
    };
    const { code } = await run(args, { stdoutIsTTY: true, stderrIsTTY: true, onWrite });
    return { text: screen.text.replace(/\d+ ms/g, 'N ms'), looks, code };
  };

  test.each([24, 5])('shows the text, then the steps with their durations, on %i lines', async (height) => {
    const { text, code } = await look(bot('Bot', WORDS), height);
    expect(text.split('\n')).toEqual([
      'Hello, you!',
      'Bye',
      '✓ start  N ms',
      '✓ respond  N ms',
      'success in N ms, 3 tokens read, 4 written',
      '',
    ]);
    expect(code).toBe(0);
  });

  test('shows tokens as they come, above the steps that run', async () => {
    const { looks } = await look(bot('Bot', WORDS));
    expect(looks.some((text) => /^Hello,\n✓ start {2}\d+ ms\n▸ respond {2}\d+ ms$/.test(text))).toBe(true);
    expect(looks.some((text) => /^Hello, you\n✓ start {2}\d+ ms\n▸ respond {2}\d+ ms$/.test(text))).toBe(true);
  });

  test('says when what it has shown does not count', async () => {
    const { text } = await look(bot('Again'));
    expect(text.split('\n').slice(0, -2)).toEqual([
      'try 1',
      '↺ only: what it has said does not count (retry)',
      'try 2',
      '✓ only  N ms  attempt 2',
    ]);
  });

  test('shows the outputs of a run that says nothing', async () => {
    const { text } = await look(bot('Silent'));
    expect(text).toContain('✓ only  N ms\n{\n  "only": {\n    "said": null\n  }\n}\nsuccess in N ms\n');
  });

  test('prints the text alone to a file, without what was taken back, and the steps on the terminal', async () => {
    const { stdout, stderr } = await run(bot('Again'), { stderrIsTTY: true });
    expect(stdout).toBe('try 2\n');
    expect(stderr).toMatch(/✓ only {2}\d+ ms {2}attempt 2\nsuccess in \d+ ms\n$/);
  });

  test('marks what has failed, and says why', async () => {
    const { text, code } = await look(bot('Failing'));
    expect(text).toMatch(/^✗ only {2}N ms {2}failed\nfailed in N ms\nfailing\.only: no luck/m);
    expect(code).toBe(1);
  });
});

describe('a signal', () => {
  const args = () => bot('Slow');

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGPIPE', 141],
  ] as const)('%s cancels the run, which ends as it should, and then %i is the exit code', async (name, code) => {
    const heard = await run(args(), { onStdout: (said, signal) => said.endsWith('"begun"}\n') && signal(name) });
    expect(heard.code).toBe(code);
    expect(linesOf(heard.stdout).at(-1)).toMatchObject({ type: 'run-end', status: 'cancelled' });
    expect(linesOf(heard.stdout).at(-2)).toMatchObject({ type: 'hook-end', hook: 'bye' });
    expect(heard.listeners).toBe(0);
  });

  test('SIGINT reaches a true process', { timeout: 30_000 }, async () => {
    const { stdout, stderr, code } = await project.run(['run', ...args()], (child) => {
      child.stdout!.on('data', (data: string) => data.includes('"token"') && child.kill('SIGINT'));
    });
    expect({ code, cleaned: stderr.startsWith('cleaned up\n') }).toEqual({ code: 130, cleaned: true });
    expect(linesOf(stdout).at(-1)).toMatchObject({ type: 'run-end', status: 'cancelled' });
  });

  test('reaches a run that never waits, and so does the end of who reads it', { timeout: 30_000 }, async () => {
    const endless = project.write(
      'endless.mjs',
      `import { definePipeline } from 'stepstream';
      export const Endless = definePipeline({
        name: 'endless',
        steps: { only: { async *streaming() { for (;;) yield 'more'; } } },
        onShutdown: { bye() { console.error('cleaned up'); } },
      });`,
    );
    const end = (stop: (child: ChildProcess) => void): Promise<Said> =>
      project.run(['run', endless, '--input', '{}'], (child) => child.stdout!.once('data', () => stop(child)));
    const stops = {
      130: (child: ChildProcess) => child.kill('SIGINT'),
      141: (child: ChildProcess) => child.stdout!.destroy(),
    };
    for (const [expected, stop] of Object.entries(stops)) {
      const { stderr, code } = await end(stop);
      expect({ cleaned: stderr.startsWith('cleaned up\n'), code }).toEqual({ cleaned: true, code: Number(expected) });
    }
  });

  test('a second one does not wait', async () => {
    const deaf = project.write(
      'deaf.mjs',
      `import { definePipeline } from 'stepstream';
      export const Deaf = definePipeline({ name: 'deaf', cancelGrace: 20_000, steps: { only: { async *streaming() {
        yield 1; await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
      } } } });`,
    );
    const { code, stderr } = await run([deaf, '--input', '{}'], {
      onStdout(said, signal) {
        if (!said.includes('"token"') || said.includes('step-cancel')) return;
        // Until it waits for something that nobody can cancel.
        setTimeout(() => signal('SIGINT'), 20);
        setTimeout(() => signal('SIGINT'), 40);
      },
    });
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'The run was left before it had ended.\n' });
  });
});

describe('a suspended run', () => {
  test('prints what it asks, and that it is kept nowhere', async () => {
    const { stderr, code } = await run(bot('Shop', '{"item":"tea"}'));
    expect({ stderr, code }).toEqual({
      stderr:
        'The run waits for an answer:\n  ask: {"buy":"tea"}\nIt is kept nowhere: with --store FILE.sqlite it could go on later.\n',
      code: 3,
    });
  });

  test('goes on as it says with --store, once', async () => {
    const asked = await run([...bot('Shop', '{"item":"tea"}'), '--store', 'shop.sqlite']);
    const [, runId] = /--resume (\S+) /.exec(asked.stderr)!;
    expect(asked.stderr).toBe(
      `The run waits for an answer:\n  ask: {"buy":"tea"}\nTo go on: npx stepstream run bot.mjs --class Shop --store shop.sqlite --resume ${runId} --answers '{ "ask": … }'\n`,
    );
    // The class is found by the name of the run's pipeline.
    const resume = ['bot.mjs', '--store', 'shop.sqlite', '--resume', runId, '--answers', '{"ask":true}'];
    const { stdout, stderr, code } = await run(resume);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(linesOf(stdout).findLast(({ type }) => type === 'step-end')).toMatchObject({ output: 'tea is ordered' });
    await using store = sqliteStore({ path: project.at('shop.sqlite') });
    expect(await store.get(runId)).toMatchObject({ status: 'success', segment: 2, pipeline: 'shop' });
    expect(await run(resume)).toMatchObject({
      stderr: `stepstream: Run "${runId}" is not suspended: its status is success.\n`,
      code: 2,
    });
  });

  test('is told of an answer that does not fit', async () => {
    const { stderr } = await run([...bot('Shop', '{"item":"tea"}'), '--store', 'more.sqlite']);
    const [, runId] = /--resume (\S+) /.exec(stderr)!;
    const wrong = await run(['bot.mjs', '--store', 'more.sqlite', '--resume', runId, '--answers', '{"aks":1}']);
    expect({ code: wrong.code, hint: wrong.stderr.includes('Did you mean "ask"?') }).toEqual({ code: 2, hint: true });
    expect(wrong.stderr.split('\n')).toHaveLength(2);
  });
});
