import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from 'stepstream';
import { RunRegistry, sendResponse } from 'stepstream/http';
import { serve } from '../../http/serve.js';
import { ODD, Says } from './odd-values.js';

const FLAG = '--experimental-eventsource';
const SCRIPT = fileURLToPath(new URL('event-source.mjs', import.meta.url));
const TYPES = ['run-start', 'step-start', 'token', 'step-end', 'run-end'];

interface Told {
  readonly type: string;
  readonly data?: string;
  readonly lastEventId?: string;
  readonly readyState?: number;
}

/** What Node's EventSource has told by the time it has closed itself. */
async function listen(url: string): Promise<Told[]> {
  const child = spawn(process.execPath, [FLAG, '--no-warnings', SCRIPT, url, ...TYPES], { stdio: 'pipe' });
  let said = '';
  let wrong = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (wrong += piece));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, wrong }).toEqual({ code: 0, wrong: '' });
  return said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
}

/** A body behind a word of how soon to come again, so that the test needn't wait for three seconds. */
function withRetry(response: Response): Response {
  if (response.body === null) return response;
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('retry: 20\n\n')),
  });
  void response.body.pipeTo(writable).catch(() => undefined);
  return new Response(readable, response);
}

const known = process.allowedNodeEnvironmentFlags.has(FLAG);

describe("Node's own EventSource", () => {
  it.skipIf(!known)(
    'reads every event, comes again where it was cut, and stays away when it has read the end',
    async () => {
      const runs = new RunRegistry();
      const run = runs.start((options) => new Says().run({ words: [...ODD] }, options));
      const asked: (string | undefined)[] = [];
      await using server = await serve(async (req, res) => {
        const lastEventId = req.headers['last-event-id'];
        asked.push(lastEventId as string | undefined);
        const response = withRetry(await runs.attach(run.id, { lastEventId }));
        if (asked.length > 3) return sendResponse(response, res);
        // The first three connections break after a thousand bytes.
        const bytes = new Uint8Array(await response.arrayBuffer()).subarray(0, 1_000);
        res.writeHead(200, { 'content-type': 'text/event-stream' }).write(bytes, () => res.destroy());
      });
      const told = await listen(server.url);
      const events: RunEvent[] = [];
      for await (const event of run.events()) events.push(event);
      const read = told.filter(({ type }) => type !== 'error');
      expect(read.map(({ data }) => JSON.parse(data!) as RunEvent)).toEqual(events);
      expect(read.map(({ lastEventId }) => lastEventId)).toEqual(events.map(({ seq }) => `${seq}`));
      // Three cuts, one end that it takes for a cut, and the answer that says to stay away.
      expect(told.flatMap(({ readyState }) => readyState ?? [])).toEqual([0, 0, 0, 0, 2]);
      expect(asked).toHaveLength(5);
      expect([asked[0], asked[4]]).toEqual([undefined, `${events.length}`]);
    },
  );
});
