import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { Pipeline, Streaming, type AnyRun, type Ctx } from 'stepstream';
import { RunRegistry, sendResponse } from 'stepstream/http';
import { readSse } from '../../http/read-sse.js';
import { gate } from '../../support/gate.js';
import { sleep } from '../../support/sleep.js';

const RUNS = 100;

it('a server that stops ends every stream: those that end in time, and those that do not', async () => {
  const goOn = gate();
  let left = 0;
  class Talker extends Pipeline<{ long: boolean }> {
    @Streaming()
    async *respond({ state, signal }: Ctx<this>) {
      try {
        yield 'first ';
        await goOn.promise;
        for (let word = 0; word < 5 || state.long; word++) {
          yield `${word} `;
          await sleep(20);
          signal.throwIfAborted();
        }
      } finally {
        left++;
      }
    }
  }
  const runs = new RunRegistry();
  const talker = new Talker();
  const server = createServer((req, res) => {
    const answer = async (): Promise<unknown> => {
      if (runs.draining) return res.writeHead(503).end();
      const run = runs.start((options) => talker.run({ long: req.url === '/long' }, options));
      return sendResponse(await runs.attach(run.id), res);
    };
    void answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const long = (at: number): boolean => at % 2 === 1;
  const asked = await Promise.all(
    Array.from({ length: RUNS }, (_, at) => fetch(`${url}/${long(at) ? 'long' : 'short'}`)),
  );
  const texts = Promise.all(asked.map((response) => response.text()));
  expect(runs.live).toBe(RUNS);

  const drained = runs.drain({ timeout: 3_000 });
  expect((await fetch(`${url}/short`)).status).toBe(503);
  expect((): AnyRun => runs.start((options) => talker.run({ long: false }, options))).toThrow(
    expect.objectContaining({ code: 'REGISTRY_DRAINING' }),
  );
  goOn.open();
  expect(await drained).toEqual({ cancelled: RUNS / 2 });
  expect(runs.live).toBe(0);
  expect(left).toBe(RUNS);

  // Every client is told the end, before anybody closes its connection.
  const ends = (await texts).map((text) => JSON.parse(readSse(text).at(-1)!.data!) as { type: string; status: string });
  expect(ends).toMatchObject(
    Array.from({ length: RUNS }, (_, at) => ({ type: 'run-end', status: long(at) ? 'cancelled' : 'success' })),
  );
  server.closeIdleConnections();
  server.close();
  await once(server, 'close');
});
