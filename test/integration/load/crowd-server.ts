import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pipeline, Streaming, type Ctx } from 'stepstream';
import { toNodeResponse, type NodeOutcome } from 'stepstream/http';

/** What a client must have received in the end, without the time that each token begins with. */
const WORDS = Number(process.argv[2]);
const PAUSE = Number(process.argv[3]);
const CLIENTS = Number(process.argv[4]);

let rss = 0;
const outcomes: Record<NodeOutcome, number> = { complete: 0, broken: 0, disconnected: 0 };

/** The time of the machine, which two processes share, in milliseconds. */
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

let waiting = 0;
let open!: () => void;
const allHere = new Promise<void>((resolve) => (open = resolve));

class Clock extends Pipeline<{ name: string }> {
  @Streaming()
  async *respond({ state, signal }: Ctx<this>) {
    // All are there at once, however long it takes a thousand of them to come through the door.
    if (++waiting === CLIENTS) open();
    await allHere;
    // Not all at the same moment: people don't type in chorus.
    await sleep(Math.random() * PAUSE, undefined, { signal });
    for (let word = 0; word < WORDS; word++) {
      yield `${now().toFixed(3)}|${state.name}:${word} `;
      await sleep(PAUSE * (0.5 + Math.random()), undefined, { signal });
    }
  }
}

const clock = new Clock();
await clock.open();
const server = createServer((req, res) => {
  void toNodeResponse(clock.run({ name: req.url!.slice(1) }), res, { types: ['token'] }).then(
    (outcome) => outcomes[outcome]++,
  );
});
// All knock at the door at once.
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send!((server.address() as AddressInfo).port),
);

setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), 20);
process.on('message', () => process.send!({ rss, outcomes }));
