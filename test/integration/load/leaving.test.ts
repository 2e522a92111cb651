import { get, type IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { sleep } from '../../support/sleep.js';
import { startChild, type Child } from './start-child.js';

const LEAVING = 200;
const SLOW = 200;
const ROUNDS = 5;
const WORDS = 100;
const MB = 1024 * 1024;
const FORMATS = ['sse', 'ndjson', 'text', 'ui-message-stream'];

interface Measured {
  readonly started: number;
  readonly begun: number;
  readonly left: number;
  readonly shutDown: number;
  readonly sent: number;
  readonly timers: number;
  readonly sockets: number;
  readonly live: number;
  readonly heap: number;
}

/** A request on a connection of its own; resolves when all of it is over, with how many bytes have come. */
const ask = (url: string, onResponse: (response: IncomingMessage) => unknown, leaveAfter?: number): Promise<number> =>
  new Promise((resolve) => {
    let bytes = 0;
    const asking = get(url, { agent: false }, (response) => {
      // What is still to be read outlives the connection.
      asking.off('close', end);
      response.on('error', () => undefined).on('close', end);
      response.on('data', (data: Buffer) => (bytes += data.length));
      onResponse(response);
    });
    const end = (): void => resolve(bytes);
    asking.on('error', () => undefined).on('close', end);
    if (leaveAfter !== undefined) setTimeout(() => asking.destroy(), leaveAfter);
  });

/** Reads a little, waits, and reads on, to the end. */
function readSlowly(response: IncomingMessage): void {
  response.on('data', () => {
    response.pause();
    setTimeout(() => response.resume(), 5);
  });
}

async function playRound(port: number): Promise<readonly number[]> {
  const urlOf = (at: number, words: number): string =>
    `http://127.0.0.1:${port}/${at % 2 === 0 ? 'chat' : 'runs'}/${FORMATS[(at >> 1) % 4]}/${words}`;
  // Endless but for those that are not told when their client leaves: they would go on.
  const leaving = Array.from({ length: LEAVING }, (_, at) => {
    const url = urlOf(at, at % 2 === 0 ? 1_000_000 : WORDS);
    // Every fourth may leave before the server has heard of it, the others when they have an answer.
    if (at % 4 === 3) return ask(url, () => undefined, Math.random() * 400);
    return ask(url, (response) => setTimeout(() => response.destroy(), Math.random() * 300));
  });
  const slow = Array.from({ length: SLOW }, (_, at) => ask(urlOf(at, WORDS), readSlowly));
  await Promise.all(leaving);
  return Promise.all(slow);
}

/** Waits until all that was started has ended, and measures then. */
async function settle(server: Child): Promise<Measured> {
  for (;;) {
    const measured = await server.ask<Measured>('how');
    // One timer is that of nobody: the server's own, which looks for connections that never ask.
    if (measured.sockets === 0 && measured.live === 0 && measured.sent === measured.started) return measured;
    await sleep(50);
  }
}

it('leaves nothing behind of clients that leave at any moment, and of slow ones', { timeout: 180_000 }, async () => {
  await using server = await startChild('leaving-server', [], ['--expose-gc']);
  const port = await server.hear<number>();
  const before = await server.ask<Measured>('how');
  const rounds: Measured[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const read = await playRound(port);
    // Those that stay get all of it: a kilobyte a word, and what is around them.
    for (const bytes of read) expect(bytes).toBeGreaterThanOrEqual(WORDS * 1_024);
    const measured = await settle(server);
    rounds.push(measured);
    expect(measured.started).toBeGreaterThanOrEqual(round * (LEAVING * 0.75 + SLOW));
    // A run that is left before its first step has no generator that would have to end.
    expect(measured.left).toBe(measured.begun);
    expect(measured.shutDown).toBeGreaterThanOrEqual(measured.begun);
  }
  // What a registry keeps for a moment is gone by then.
  await sleep(100);
  const after = await settle(server);
  expect(after.timers).toBe(before.timers);
  // The first rounds bring code and pools with them.
  expect(after.heap - rounds[1].heap).toBeLessThan(1 * MB);
  const heaps = rounds.map(({ heap }) => (heap / MB).toFixed(1)).join(', ');
  console.log(`${after.started} clients, ${after.begun} runs begun; heap after each round: ${heaps} MB`);
});
