import { afterAll, beforeAll, expect, test } from 'vitest';
import { LiveText, type WireEvent } from 'stepstream/client';
import { toMermaid } from 'stepstream/mermaid';
import { answerTo, Chatbot } from '../../../examples/cluster/chatbot.js';
import { readmeBlock } from '../../examples/readme-block.js';
import { readEvents } from '../nestjs/read-events.js';
import { startCluster, type Cluster } from './start-cluster.js';

let cluster: Cluster;
beforeAll(async () => void (cluster = await startCluster()), 90_000);
afterAll(async () => void (await cluster[Symbol.asyncDispose]()));

/** Reads a response to its end, or as long as `onEvent` says. */
async function fold(response: Response, onEvent: (event: WireEvent, text: string) => unknown = () => undefined) {
  const text = new LiveText();
  const events: WireEvent[] = [];
  for await (const { data } of readEvents(response)) {
    const event = data as unknown as WireEvent;
    events.push(event);
    text.take(event);
    if ((await onEvent(event, text.text)) === 'leave') break;
  }
  return { text: text.text, events };
}

/** The worker that gives the answer of a run. */
const answering = async (runId: string) =>
  (await cluster.workers()).find(({ answering }) => answering.includes(runId))?.name;

test(
  'an answer whose worker is killed in the middle has the right text, and the worker comes back',
  { timeout: 90_000 },
  async () => {
    const question = 'What if you die?';
    const before = await cluster.workers();
    expect(before.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(['Ada ready', 'Grace ready']);
    let killed: string | undefined;
    let other: string | undefined;
    const { text, events } = await fold(await cluster.ask(question), async (event, now) => {
      if (killed === undefined && now.includes('long enough')) {
        killed = await answering(event.runId);
        expect(await cluster.kill(killed!)).toBe(204);
      }
      if (killed !== undefined && now.includes('first step has ended')) other ??= await answering(event.runId);
    });
    expect(text).toBe(answerTo(question));
    expect(events.filter(({ type }) => type === 'token-reset')).toHaveLength(1);
    // What had ended was not done again.
    const starts = events.flatMap((event) => (event.type === 'step-start' ? [event.step] : []));
    expect(starts.filter((step) => step === 'think')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'success' });
    expect(['Ada', 'Grace']).toContain(killed);
    expect(other).toBeDefined();
    const pidOf = (all: typeof before) => all.find(({ name }) => name === killed)!.pid;
    await expect
      .poll(async () => (await cluster.workers()).every(({ state }) => state === 'ready'), { timeout: 30_000 })
      .toBe(true);
    expect(pidOf(await cluster.workers())).not.toBe(pidOf(before));
  },
);

test(
  'a page that is reloaded goes on behind what it has read, and can read all of it again',
  { timeout: 60_000 },
  async () => {
    const first = await fold(await cluster.ask('And a reload?'), (_, text) =>
      text.includes('kill') ? 'leave' : undefined,
    );
    const { runId, seq } = first.events.at(-1)!;
    const runUrl = `${cluster.url}/runs/${runId}`;
    const rest = await fold(await fetch(runUrl, { headers: { 'last-event-id': String(seq) } }));
    expect(rest.events[0].seq).toBe(seq + 1);
    const values = [...first.events, ...rest.events].flatMap((event) => (event.type === 'token' ? [event.value] : []));
    expect(values.join('')).toBe(answerTo('And a reload?'));
    const again = await fold(await fetch(runUrl));
    expect(again.text).toBe(answerTo('And a reload?'));
    expect(again.events.map((event) => event.seq)).toEqual([...first.events, ...rest.events].map((event) => event.seq));
  },
);

test('Stop ends the run on its worker', { timeout: 60_000 }, async () => {
  let stopped: number | undefined;
  const { text, events } = await fold(await cluster.ask('Stop!'), async ({ runId }, now) => {
    if (now === '' || stopped !== undefined) return;
    stopped = (await fetch(`${cluster.url}/runs/${runId}`, { method: 'DELETE' })).status;
  });
  expect(stopped).toBe(204);
  expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'cancelled' });
  expect(answerTo('Stop!').startsWith(text)).toBe(true);
  expect(text.length).toBeLessThan(answerTo('Stop!').length);
});

test('what makes no sense is refused', async () => {
  const statuses = await Promise.all([
    fetch(`${cluster.url}/runs/there-is-none`),
    fetch(`${cluster.url}/runs/there-is-none`, { headers: { 'last-event-id': 'x' } }),
    fetch(`${cluster.url}/runs/there-is-none`, { method: 'DELETE' }),
    fetch(`${cluster.url}/workers/Nobody`, { method: 'DELETE' }),
    fetch(`${cluster.url}/chat`, { method: 'POST', body: '{"question":"as a form"}' }),
    cluster.ask(' '),
    cluster.ask('x'.repeat(501)),
    fetch(`${cluster.url}/etc/passwd`),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([404, 400, 404, 404, 400, 400, 400, 404]);
});

test('its README shows its graph and how to start it', () => {
  expect(`${toMermaid(Chatbot).trimEnd()}\n`).toBe(readmeBlock('cluster', 'mermaid'));
  expect(readmeBlock('cluster', 'sh')).toBe('npm run start:cluster\n');
});

test(
  'it stops, with its workers and its database, and has said nothing but where it is',
  { timeout: 60_000 },
  async () => {
    const pids = (await cluster.workers()).map(({ pid }) => pid!);
    expect(await cluster.stop()).toBe(0);
    const shown = cluster.said.stdout.replace(/localhost:\d+/, 'localhost:3000');
    expect({ stdout: shown, stderr: cluster.said.stderr }).toEqual({
      stdout: readmeBlock('cluster', 'text'),
      stderr: '',
    });
    const alive = pids.filter((pid) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    });
    expect(alive).toEqual([]);
  },
);
