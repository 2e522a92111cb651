import { describe, expect, it } from 'vitest';
import { Pipeline, Step, Streaming, suspend, type AnyRun, type Ctx, type RunEvent } from 'stepstream';
import { RunRegistry, sendResponse, toResponse, type AttachOptions } from 'stepstream/http';
import { gate } from '../support/gate.js';
import { sleep } from '../support/sleep.js';
import { Endless, Failing, Talker } from './bots.js';
import { dataOf, readSse, type Sent } from './read-sse.js';
import { readUiMessage } from './read-ui-message.js';
import { serve } from './serve.js';

class Counter extends Pipeline<{ count: number }> {
  @Streaming()
  async *respond({ state: { count } }: { state: { count: number } }) {
    for (let made = 1; made <= count; made++) {
      yield `${made} `;
      if (made % 20 === 0) await sleep(1);
    }
  }
}

/** What was sent, and what came, must be the same whatever happened between. */
const seqsOf = (sent: readonly Sent[]): number[] => sent.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Serves the runs of a registry by the path of the request. */
const serveRuns = (runs: RunRegistry, options: AttachOptions = {}) =>
  serve(async (req, res) => {
    const lastEventId = req.headers['last-event-id'] as string | undefined;
    await sendResponse(await runs.attach(req.url!.slice(1), { ...options, lastEventId }), res);
  });

/** Reads until `enough` says so, and cuts the connection there. */
async function readUntil(url: string, lastEventId: string, enough: (text: string) => boolean): Promise<string> {
  const response = await fetch(url, { headers: { 'last-event-id': lastEventId } });
  expect(response.status).toBe(200);
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body!) {
    text += decoder.decode(bytes, { stream: true });
    // Leaving the loop cuts the connection.
    if (enough(text)) break;
  }
  return text;
}

const statusOf = async (attached: Promise<Response>): Promise<[number, string]> => {
  const response = await attached;
  expect(response.headers.get('content-type')).toBe('application/json');
  return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
};

describe('a stream that is cut', () => {
  it('at every event boundary has lost and doubled nothing when it is resumed each time', async () => {
    const runs = new RunRegistry();
    await using server = await serveRuns(runs);
    const run = runs.start((options) => new Counter().run({ count: 296 }, options));
    const received: Sent[] = [];
    while (received.at(-1)?.event !== 'run-end') {
      const text = await readUntil(server.url + run.id, received.at(-1)?.id ?? '', (read) => read.includes('\n\n'));
      // Only the first counts: the connection was lost behind it.
      received.push(readSse(text)[0]);
    }
    expect(seqsOf(received)).toEqual(upTo(300));
    const values = received.flatMap(({ data }) => (JSON.parse(data!) as { value?: string }).value ?? []);
    expect(values.join('')).toBe((await run.result).text);
  });

  it('at any byte has lost and doubled nothing', async () => {
    const runs = new RunRegistry();
    await using server = await serveRuns(runs);
    const run = runs.start((options) => new Counter().run({ count: 296 }, options));
    const received: Sent[] = [];
    for (let cut = 150; received.at(-1)?.event !== 'run-end'; cut = ((cut * 7919) % 4001) + 150) {
      const text = await readUntil(server.url + run.id, received.at(-1)?.id ?? '', (read) => read.length >= cut);
      const finished = text.includes('event: run-end') && text.endsWith('\n\n');
      received.push(...readSse(finished ? text : text.slice(0, Math.max(cut, text.indexOf('\n\n') + 2))));
    }
    expect(seqsOf(received)).toEqual(upTo(300));
  });

  it('goes on behind a position that is given by other means, in either format of ours', async () => {
    const runs = new RunRegistry();
    const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options));
    await run.result;
    const lines = await (await runs.attach(run.id, { format: 'ndjson', after: 4 })).text();
    const seqs = lines
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as RunEvent).seq);
    expect(seqs[0]).toBe(5);
    const events = seqsOf(readSse(await (await runs.attach(run.id, { after: 2, lastEventId: '4' })).text()));
    expect(events).toEqual(seqs);
  });

  it('is sent from its beginning in a format that has no positions', async () => {
    const runs = new RunRegistry();
    const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options));
    await run.result;
    const attach = (format: 'text' | 'ui-message-stream') => runs.attach(run.id, { format, lastEventId: '5' });
    expect(await (await attach('text')).text()).toBe('Hello Ada\n€ 5');
    expect(readUiMessage(await (await attach('ui-message-stream')).text()).texts).toEqual(['Hello Ada\n€ 5']);
  });
});

describe('what a registry answers', () => {
  it('is 404 for a run that there is not, and the same for a run of somebody else', async () => {
    const runs = new RunRegistry();
    const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options), { owner: 'ada' });
    const unknown = await (await runs.attach('no-such-run', { owner: 'ada' })).text();
    const foreign = await (await runs.attach(run.id, { owner: 'eve' })).text();
    expect(foreign).toBe(unknown);
    expect(await statusOf(runs.attach(run.id))).toEqual([404, 'RUN_NOT_FOUND']);
    expect(runs.find(run.id)).toBeUndefined();
    expect(runs.find(run.id, { owner: 'eve' })).toBeUndefined();
    expect(runs.find(run.id, { owner: 'ada' })).toBe(run);
    expect(await runs.cancel(run.id, { owner: 'eve' })).toBe(false);
    expect((await run.result).status).toBe('success');
    expect((await runs.attach(run.id, { owner: 'ada' })).status).toBe(200);
  });

  it.each(['-1', '+1', '1e3', ' 1', '1.5', 'NaN', 'x', '99999999999999999', '0x10', '１'])(
    'is 400 for the position %o',
    async (lastEventId) => {
      const runs = new RunRegistry();
      const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options));
      expect(await statusOf(runs.attach(run.id, { lastEventId }))).toEqual([400, 'INVALID_POSITION']);
      expect(await statusOf(runs.attach(run.id, { lastEventId: ['1', '2'] }))).toEqual([400, 'INVALID_POSITION']);
      expect(await statusOf(runs.attach(run.id, { after: Number.NaN }))).toEqual([400, 'INVALID_POSITION']);
      expect(await statusOf(runs.attach(run.id, { after: -1 }))).toEqual([400, 'INVALID_POSITION']);
    },
  );

  it('is 400 for a position behind the end of a run, and its end alone while that is still to come', async () => {
    const runs = new RunRegistry();
    const run = runs.start((options) => new Counter().run({ count: 30 }, options));
    const attached = await runs.attach(run.id, { after: 1_000 });
    expect(readSse(await attached.text()).map(({ event }) => event)).toEqual(['run-end']);
    expect(await statusOf(runs.attach(run.id, { after: 1_000 }))).toEqual([400, 'INVALID_POSITION']);
  });

  it('is 204 for a client that has read the end: an EventSource does not come again', async () => {
    const runs = new RunRegistry();
    const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options));
    const last = readSse(await toResponse(run).text()).at(-1)!;
    const response = await runs.attach(run.id, { lastEventId: last.id! });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('goes to a Node client as it is, with and without a body', async () => {
    const runs = new RunRegistry();
    await using server = await serveRuns(runs);
    const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options));
    const last = readSse(await (await runs.attach(run.id)).text()).at(-1)!.id!;
    const read = await fetch(server.url + run.id, { headers: { 'last-event-id': last } });
    expect([read.status, await read.text()]).toEqual([204, '']);
    const hostile = await fetch(server.url + run.id, { headers: { 'last-event-id': '1; DROP TABLE' } });
    expect([hostile.status, hostile.headers.get('cache-control')]).toEqual([400, 'no-store']);
    expect(await hostile.json()).toMatchObject({ error: { code: 'INVALID_POSITION' } });
    expect((await fetch(`${server.url}nothing`)).status).toBe(404);
  });

  it('is 410 for events that are no longer kept', async () => {
    const runs = new RunRegistry({ buffer: 10 });
    const run = runs.start((options) => new Counter().run({ count: 50 }, options));
    await run.result;
    expect(await statusOf(runs.attach(run.id))).toEqual([410, 'EVENTS_GONE']);
    expect(await statusOf(runs.attach(run.id, { after: 43 }))).toEqual([410, 'EVENTS_GONE']);
    expect(seqsOf(readSse(await (await runs.attach(run.id, { after: 44 })).text()))).toEqual(upTo(54).slice(44));
    expect(await statusOf(runs.attach(run.id, { format: 'text' }))).toEqual([410, 'EVENTS_GONE']);
  });

  it('is 410 for a run that keeps nothing, because it was started without the given options', async () => {
    const runs = new RunRegistry();
    const run = runs.start(() => new Endless('word ', () => sleep(1)).run({}));
    await sleep(5);
    expect(await statusOf(runs.attach(run.id))).toEqual([410, 'EVENTS_GONE']);
    await run.cancel();
  });

  it('is 404 when an ended run was kept long enough', async () => {
    const runs = new RunRegistry({ keep: 20 });
    const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options));
    await run.result;
    expect((await runs.attach(run.id)).status).toBe(200);
    await sleep(40);
    expect(await statusOf(runs.attach(run.id))).toEqual([404, 'RUN_NOT_FOUND']);
  });
});

describe('the runs of a registry', () => {
  it('go on without a client, and the failure of one ends nothing', async () => {
    const runs = new RunRegistry();
    const run = runs.start((options) => new Failing().run({}, options));
    await sleep(10);
    const events = dataOf(await (await runs.attach(run.id)).text()) as RunEvent[];
    expect(events.at(-1)).toMatchObject({ type: 'run-end', status: 'failed' });
    await expect(run.result).rejects.toThrow('the model is down');
  });

  it('go on when an attached client leaves, but where it was attached to cancel', async () => {
    const runs = new RunRegistry();
    const bot = new Endless('word ', () => sleep(1));
    const run = runs.start((options) => bot.run({}, options));
    await (await runs.attach(run.id)).body!.cancel();
    expect([runs.live, bot.finished]).toEqual([1, 0]);
    await (await runs.attach(run.id, { onDisconnect: 'cancel' })).body!.cancel();
    expect([runs.live, bot.finished]).toEqual([0, 1]);
    expect((await run.result).status).toBe('cancelled');
  });

  it('are cancelled by their id', async () => {
    const runs = new RunRegistry();
    const bot = new Endless('word ', () => sleep(1));
    const run = runs.start((options) => bot.run({}, options), { owner: 'ada' });
    const reading = runs.attach(run.id, { owner: 'ada' }).then((response) => response.text());
    await sleep(5);
    expect(await runs.cancel(run.id, { owner: 'ada', reason: 'stop' })).toBe(true);
    expect(bot.finished).toBe(1);
    expect(dataOf(await reading).at(-1)).toMatchObject({ type: 'run-end', status: 'cancelled' });
  });

  it('can be read by several clients at once, each from its own place', async () => {
    const runs = new RunRegistry();
    const run = runs.start((options) => new Counter().run({ count: 46 }, options));
    const texts = await Promise.all([0, 3, 7].map(async (after) => (await runs.attach(run.id, { after })).text()));
    expect(texts.map((text) => seqsOf(readSse(text)))).toEqual([0, 3, 7].map((after) => upTo(50).slice(after)));
  });

  it('have an id each, and a second segment goes on with that of the first', async () => {
    class Asks extends Pipeline<object> {
      static readonly pipeline = { name: 'asks' };
      @Step({ to: 'respond' }) ask() {
        return suspend<string>('who?');
      }
      @Streaming() async *respond({ input }: Ctx<this, string>) {
        yield input;
      }
    }
    const runs = new RunRegistry();
    const bot = new Asks();
    const first = runs.start((options) => bot.run({}, options));
    const other = (): AnyRun => runs.start((options) => new Asks().run({}, { ...options, id: first.id }));
    expect(other).toThrow(expect.objectContaining({ code: 'RUN_ID_IN_USE' }));
    const read = readSse(await (await runs.attach(first.id)).text());
    const result = await first.result;
    if (result.status !== 'suspended') throw new Error(result.status);
    const { checkpoint } = result;
    const second = runs.start((options) => bot.resume(checkpoint, { ask: 'Ada' }, options));
    expect(second.id).toBe(first.id);
    const rest = await (await runs.attach(first.id, { lastEventId: read.at(-1)!.id! })).text();
    expect(seqsOf(readSse(rest))[0]).toBe(Number(read.at(-1)!.id) + 1);
    expect(dataOf(rest).at(-1)).toMatchObject({ type: 'run-end', status: 'success' });
  });
});

describe('a run that nobody reads', () => {
  it('is cancelled when no client has come, or come back, for so long', async () => {
    const runs = new RunRegistry({ abandon: 40 });
    const endless = new Endless('word ', () => sleep(1));
    await using server = await serveRuns(runs);
    const run = runs.start((options) => endless.run({}, options));
    const text = await readUntil(server.url + run.id, '', (read) => read.split('event: token').length > 3);
    expect(readSse(text).length).toBeGreaterThan(3);
    expect(runs.live).toBe(1);
    expect((await run.result).status).toBe('cancelled');
    expect(endless.finished).toBe(1);
    const unread = runs.start((options) => endless.run({}, options));
    expect((await unread.result).status).toBe('cancelled');
    expect(runs.live).toBe(0);
  });

  it('goes on for one that comes back in time, and as long as one of several reads', async () => {
    const runs = new RunRegistry({ abandon: 150 });
    const endless = new Endless('word ', () => sleep(1));
    await using server = await serveRuns(runs);
    const run = runs.start((options) => endless.run({}, options));
    const enough = (tokens: number) => (text: string) => text.split('event: token').length > tokens;
    // Three times as long as anybody would wait for a client, but for the one that is there.
    const long = readUntil(server.url + run.id, '', enough(500));
    await readUntil(server.url + run.id, '', enough(3));
    await readUntil(server.url + run.id, '', enough(3));
    await long;
    const back = readUntil(server.url + run.id, '3', enough(3));
    await back;
    expect(runs.live).toBe(1);
    await run.cancel();
  });

  it('that has ended is left alone', async () => {
    const runs = new RunRegistry({ abandon: 20 });
    const run = runs.start((options) => new Talker().run({ name: 'Ada' }, options));
    expect((await run.result).status).toBe('success');
    await sleep(40);
    expect(readUiMessage(await (await runs.attach(run.id, { format: 'ui-message-stream' })).text()).texts).toEqual([
      'Hello Ada\n€ 5',
    ]);
  });
});

describe('drain()', () => {
  it('takes no more runs, lets those end that do, and cancels the others', async () => {
    const runs = new RunRegistry();
    const slow = gate();
    class Waits extends Pipeline<object> {
      @Step() wait() {
        return slow.promise;
      }
    }
    const endless = new Endless('word ', () => sleep(1));
    const waiting = runs.start((options) => new Waits().run({}, options));
    const talking = runs.start((options) => endless.run({}, options));
    const reading = runs.attach(talking.id).then((response) => response.text());
    const drained = runs.drain({ timeout: 30 });
    expect(runs.draining).toBe(true);
    const start = (): AnyRun => runs.start((options) => new Talker().run({ name: 'Ada' }, options));
    expect(start).toThrow(expect.objectContaining({ code: 'REGISTRY_DRAINING' }));
    slow.open();
    expect(await drained).toEqual({ cancelled: 1 });
    expect(runs.live).toBe(0);
    expect(endless.finished).toBe(1);
    expect((await waiting.result).status).toBe('success');
    expect(dataOf(await reading).at(-1)).toMatchObject({ type: 'run-end', status: 'cancelled' });
    expect(await runs.drain()).toEqual({ cancelled: 0 });
  });
});

it.each([{ buffer: 0 }, { buffer: 1.5 }, { keep: -1 }, { keep: Number.NaN }, { abandon: -1 }, { abandon: Infinity }])(
  'refuses %o',
  (options) => {
    expect(() => new RunRegistry(options)).toThrow(expect.objectContaining({ code: 'INVALID_RESPONSE_OPTION' }));
  },
);
