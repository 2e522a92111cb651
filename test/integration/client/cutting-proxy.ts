import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that breaks: the n-th connection lets so many bytes of the answer through, and is then ended hard. */
export async function cuttingProxy(target: string, bytesOf: (connection: number) => number = () => Infinity) {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let connections = 0;
  let closing = false;
  const server = createServer((client) => {
    // One that was on its way would be waited for, for as long as a browser keeps it.
    if (closing) return void client.destroy();
    let left = bytesOf(++connections);
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    }
    client.pipe(upstream);
    upstream.on('data', (data: Buffer) => {
      const passed = data.subarray(0, left);
      left -= passed.length;
      // What was written must have gone out before the end.
      client.write(passed, () => {
        if (left > 0) return;
        client.destroy();
        upstream.destroy();
      });
    });
    upstream.on('end', () => client.end());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get connections() {
      return connections;
    },
    /** Ends all connections that are open, hard. */
    cut() {
      for (const socket of open) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      closing = true;
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
