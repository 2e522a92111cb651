import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { OnShutdown, Pipeline, Streaming, type Ctx } from 'stepstream';
import { RunRegistry, sendResponse, toNodeResponse, type ResponseFormat } from 'stepstream/http';

const counts = { started: 0, begun: 0, left: 0, shutDown: 0, sent: 0 };

/** A kilobyte a word: what is slow to read fills buffers soon. */
const WORD = `${'x'.repeat(1_023)} `;

class Talker extends Pipeline<{ words: number }> {
  @Streaming()
  async *respond({ state, signal }: Ctx<this>) {
    counts.begun++;
    try {
      for (let word = 0; word < state.words; word++) {
        yield WORD;
        if (word % 10 === 0) await sleep(Math.random() * 20, undefined, { signal });
      }
    } finally {
      counts.left++;
    }
  }

  @OnShutdown({ per: 'run' })
  end() {
    counts.shutDown++;
  }
}

const talker = new Talker();
await talker.open();
const runs = new RunRegistry({ buffer: 50, keep: 10 });

const server = createServer((req, res) => {
  const [, place, format, words] = req.url!.split('/');
  const options = { format: format as ResponseFormat, heartbeat: 5 };
  counts.started++;
  const send = async (): Promise<unknown> => {
    if (place === 'chat') return toNodeResponse(talker.run({ words: Number(words) }), res, options);
    const run = runs.start((given) => talker.run({ words: Number(words) }, given));
    return sendResponse(await runs.attach(run.id, options), res);
  };
  void send().then(() => counts.sent++);
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));

/** What this process holds when nothing is done any more. */
function measure() {
  // Twice: what the first leaves to finalizers goes with the second.
  global.gc!();
  global.gc!();
  const resources = process.getActiveResourcesInfo();
  const count = (type: string): number => resources.filter((name) => name === type).length;
  const { heapUsed, rss } = process.memoryUsage();
  const held = { timers: count('Timeout'), sockets: count('TCPSocketWrap'), live: runs.live };
  return { ...counts, ...held, heap: heapUsed, rss };
}

process.on('message', () => process.send!(measure()));
