import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { sleep } from '../../support/sleep.js';
import { describeFramework } from './describe-framework.js';
import { flood } from './flood.js';
import { startNext } from './start-next.js';

const SECONDS = 10;

// `next build` takes its time.
describeFramework('Next.js', startNext, 180_000, (serverOf) => {
  it('lets a client that reads a kilobyte a second hold the generator, and ends it when it leaves', async () => {
    const socket = connect({ port: Number(new URL(serverOf().url).port), host: '127.0.0.1' });
    // A listener to `readable` instead of `data`: the socket hands out what is asked for.
    socket.on('readable', () => undefined).write('GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let read = 0;
    for (let second = 0; second < SECONDS; second++) {
      read += (socket.read(1_024) as Buffer | null)?.length ?? 0;
      await sleep(1_000);
    }
    expect(read).toBeGreaterThan((SECONDS - 5) * 1_024);
    const { bytes, left } = flood();
    expect(left).toBe(false);
    expect(bytes).toBeGreaterThan(read);
    expect(bytes).toBeLessThan(12 * 1_024 * 1_024);
    socket.destroy();
    while (!flood().left) await sleep(10);
    expect(flood().bytes).toBeLessThan(12 * 1_024 * 1_024);
  });
});
