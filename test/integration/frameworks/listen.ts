import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FrameworkServer } from './describe-framework.js';

/** A server of `node:http` on a free port. */
export async function listen(listener: RequestListener): Promise<FrameworkServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
