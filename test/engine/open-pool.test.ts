import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { openPool } from '../../src/engine/postgres/open-pool.js';

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const OK = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const DONE = message('C', Buffer.from('SELECT 0\0'));
const SHUT_DOWN = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

/** A server that shuts down in the same breath in which it answers the first statement. */
async function dyingServer(): Promise<string> {
  const answer = (socket: Socket): void => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.concat([OK, READY]));
      socket.once('data', () => socket.end(Buffer.concat([DONE, READY, SHUT_DOWN])));
    });
  };
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `postgres://postgres@127.0.0.1:${(server.address() as AddressInfo).port}/postgres`;
}

it('a connection that breaks while it goes from one to the next ends no process', async () => {
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on('uncaughtException', hear);
  const pool = openPool(await dyingServer(), { max: 1 });
  onTestFinished(async () => {
    process.off('uncaughtException', hear);
    await pool.end();
  });
  const first = await pool.connect();
  const waiting = pool.connect();
  await new Promise<void>((resolve) => first.query('SELECT', () => (first.release(), resolve())));
  const next = await waiting;
  await expect(next.query('SELECT')).rejects.toThrow(/not queryable|terminat/);
  next.release(true);
  expect(unheard).toEqual([]);
});
