/** What a token costs the server over a socket, beside a hand-written stream of server-sent events: `node bench/http.mjs`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { toNodeResponse } from 'stepstream/http';
import { chatbotOf, model } from './classes.mjs';

const TOKENS = 5_000;
const LAPS = Number(process.argv[2] ?? 15);

/** Like ours: numbered events of JSON, the client's pace, and an end when the client leaves. */
async function streamByHand(res) {
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform' });
  let seq = 0;
  let left = false;
  res.once('close', () => (left = true));
  for await (const value of model(TOKENS)) {
    if (left) return;
    const data = JSON.stringify({
      type: 'token',
      runId: 'run',
      seq: ++seq,
      step: 'respond',
      visit: 1,
      attempt: 1,
      value,
    });
    if (!res.write(`id: ${seq}\nevent: token\ndata: ${data}\n\n`)) await once(res, 'drain');
    // A model's tokens come one by one, not all at once.
    await new Promise(setImmediate);
  }
  res.end();
}

async function serve() {
  const bot = new (chatbotOf(TOKENS, async function* () {
    for await (const token of model(TOKENS)) {
      yield token;
      await new Promise(setImmediate);
    }
  }))();
  const started = new Map();
  const server = createServer(async (req, res) => {
    const cpu = process.cpuUsage();
    if (req.url === '/hand') await streamByHand(res);
    else await toNodeResponse(bot.run({}), res, { types: ['token'] });
    const { user, system } = process.cpuUsage(cpu);
    started.set(req.url, Math.min(started.get(req.url) ?? Infinity, (user + system) / TOKENS));
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('message', () => process.send(Object.fromEntries(started)));
}

async function measure() {
  const server = fork(fileURLToPath(import.meta.url), ['serve']);
  const [port] = await once(server, 'message');
  for (let lap = 0; lap < LAPS; lap++)
    for (const path of ['/hand', '/ours']) {
      const [response] = await once(get({ port, path, host: '127.0.0.1', agent: false }), 'response');
      response.resume();
      await once(response, 'end');
    }
  server.send('how');
  const [{ '/hand': hand, '/ours': ours }] = await once(server, 'message');
  server.kill();
  console.log(
    `Node ${process.version}: ${ours.toFixed(1)} µs of the server's time a token, by hand ${hand.toFixed(1)} µs`,
  );
  console.log(`ratio ${(ours / hand).toFixed(2)} (minima of ${LAPS} laps)`);
}

await (process.argv[2] === 'serve' ? serve() : measure());
