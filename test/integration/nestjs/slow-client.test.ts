import { connect, type Socket } from 'node:net';
import { Controller, Inject, Res, Sse, type MessageEvent } from '@nestjs/common';
import type { Response as Reply } from 'express';
import type { Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { Pipeline, Streaming, type Ctx } from 'stepstream';
import { PipelineModule, toMessageEvents } from 'stepstream/nestjs';
import { startApp } from './start-app.js';
import { Diary } from './ticker.js';

const PIECE = 'x'.repeat(16 * 1024);

/** Would yield a gigabyte at once. */
class Flood extends Pipeline<object> {
  made = 0;
  readonly diary: Diary;
  constructor(@Inject(Diary) diary: Diary) {
    super();
    this.diary = diary;
  }
  @Streaming()
  async *flow({ signal }: Ctx<this>) {
    try {
      for (; this.made < 65_536; this.made++) yield PIECE;
    } finally {
      this.diary.write(signal.aborted ? 'aborted' : 'done');
    }
  }
}

@Controller()
class FloodController {
  readonly flood: Flood;
  constructor(@Inject(Flood) flood: Flood) {
    this.flood = flood;
  }
  @Sse('paced')
  paced(@Res() response: Reply): Observable<MessageEvent> {
    return toMessageEvents(this.flood.run({}), { response });
  }
  @Sse('unpaced')
  unpaced(): Observable<MessageEvent> {
    return toMessageEvents(this.flood.run({}));
  }
}

const parts = { imports: [PipelineModule.forRoot()], controllers: [FloodController], providers: [Diary, Flood] };

/** A client that has asked, and reads nothing until it is told to. */
function ask(url: string, path: string): Promise<Socket> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.pause();
      socket.on('error', () => undefined);
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`, () => resolve(socket));
    });
  });
}

const settled = async (flood: Flood): Promise<number> => {
  for (let before = -1; before !== flood.made || before === 0;) {
    before = flood.made;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return flood.made;
};

test('with the response an @Sse() stream is made at the pace of its client', async () => {
  await using server = await startApp(parts);
  const flood = server.app.get(Flood);
  const socket = await ask(server.url, '/paced');
  // What the sockets of both sides hold, and no more of the gigabyte.
  const held = await settled(flood);
  expect(held).toBeLessThan(1_000);
  let read = 0;
  socket.on('data', (data) => (read += data.length));
  socket.resume();
  while (read < 32 * 1024 * 1024) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(flood.made).toBeGreaterThan(held + 1_000);
  expect(flood.made * PIECE.length).toBeLessThan(read + held * PIECE.length + 8 * 1024 * 1024);
  socket.destroy();
  await server.app.get(Diary).until('aborted');
  expect(flood.made).toBeLessThan(65_536);
});

test('without it Nest drops a client that does not read, and that ends the run', async () => {
  await using server = await startApp(parts);
  const flood = server.app.get(Flood);
  const socket = await ask(server.url, '/unpaced');
  await server.app.get(Diary).until('aborted');
  // Four million characters wait at most, besides what the sockets hold.
  expect(flood.made).toBeLessThan(2_000);
  socket.destroy();
});
