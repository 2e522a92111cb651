import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../support/sleep.js';
import { startChild, type Child } from './start-child.js';

interface Position {
  readonly yielded: number;
  readonly left: number;
  readonly rss: number;
  readonly piece: number;
}

const KB = 1024;
const MB = 1024 * KB;

/** Reads a kilobyte a second from a socket that is not read otherwise; its buffers fill, and nothing else. */
async function readSlowly(socket: Socket, seconds: number): Promise<number> {
  let read = 0;
  socket.pause();
  for (let second = 0; second < seconds; second++) {
    const bytes = socket.read(KB) as Buffer | null;
    read += bytes?.length ?? 0;
    await sleep(1_000);
  }
  return read;
}

async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.on('error', () => undefined);
  // A listener to `readable` instead of `data`: the socket hands out what is asked for.
  socket.on('readable', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return socket;
}

async function watch(server: Child, seconds: number): Promise<Position & { read: number }> {
  const port = await server.hear<number>();
  const socket = await openSocket(port);
  const read = await readSlowly(socket, seconds);
  const position = await server.ask<Position>('where');
  // When it is left it ends, however full all buffers are.
  socket.destroy();
  let after = position;
  for (let times = 0; times < 100 && after.left === 0; times++) {
    await sleep(50);
    after = await server.ask<Position>('where');
  }
  expect(after.left).toBe(1);
  return { ...after, yielded: position.yielded, read };
}

/** What lies between the generator and its client is in the buffers of two sockets, which Linux lets grow to some MB. */
function check({ yielded, piece, read, rss }: Position & { read: number }, seconds: number): void {
  expect(read).toBeGreaterThan((seconds - 5) * KB);
  expect(read).toBeLessThanOrEqual(seconds * KB);
  expect(yielded * piece).toBeGreaterThan(read);
  expect(yielded * piece).toBeLessThan(12 * MB);
  expect(rss).toBeLessThan(150 * MB);
}

const report = (name: string, { yielded, piece, rss }: Position): void =>
  console.log(
    `${name}: ${((yielded * piece) / MB).toFixed(1)} MB of 1024 yielded, ${(rss / MB).toFixed(0)} MB of memory`,
  );

describe('a client that reads a kilobyte a second from a generator of a gigabyte', () => {
  it.concurrent('for a minute holds the generator, and the memory of the server', { timeout: 90_000 }, async () => {
    await using server = await startChild('slow-server', ['node', 'sse']);
    const position = await watch(server, 60);
    report('node:http, sse, a minute', position);
    check(position, 60);
  });

  it.concurrent.each([
    ['node', 'ndjson'],
    ['node', 'text'],
    ['node', 'ui-message-stream'],
    ['express', 'sse'],
    ['hono', 'sse'],
    ['fastify', 'sse'],
  ])('holds them through %s as %s', { timeout: 90_000 }, async (framework, format) => {
    await using server = await startChild('slow-server', [framework, format]);
    const position = await watch(server, 15);
    report(`${framework}, ${format}, 15 seconds`, position);
    check(position, 15);
  });
});
