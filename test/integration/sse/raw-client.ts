import { connect, type Socket } from 'node:net';

/** What came over a connection of which nothing is hidden. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: Buffer;
  /** Whether the server has closed the connection, rather than this client. */
  readonly ended: boolean;
}

/** How a client without manners reads. */
export interface RawOptions {
  readonly headers?: readonly string[];
  /** Whether it leaves when it has asked, before any answer. */
  readonly leaveAtOnce?: boolean;
  /** Called with the body so far: at how many bytes of it the socket is destroyed, if it is. */
  readonly cut?: (body: Buffer) => number | undefined;
}

/** Asks by hand and, where `cut` says so, leaves without a word. What came behind the cut has not come. */
export function readRaw(url: string, { headers = [], leaveAtOnce, cut }: RawOptions = {}): Promise<RawAnswer> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(Number(port), hostname);
    socket.on('error', reject);
    // By HTTP/1.0 a body is what comes until the end of the connection.
    const head = [`GET ${pathname} HTTP/1.0`, `Host: ${hostname}`, ...headers, '', ''].join('\r\n');
    let all = Buffer.alloc(0);
    socket.write(head, 'latin1', () => {
      if (!leaveAtOnce) return;
      // Gently: the server is to have heard what was asked.
      socket.end();
      answer(0, false);
    });
    const answer = (upTo: number | undefined, ended: boolean): void => {
      const at = all.indexOf('\r\n\r\n');
      const text = all.subarray(0, Math.max(at, 0)).toString('latin1');
      const status = Number(/^HTTP\/1\.\d (\d+)/.exec(text)?.[1] ?? 0);
      const body = at < 0 ? Buffer.alloc(0) : all.subarray(at + 4);
      resolve({ status, headers: text.toLowerCase(), body: body.subarray(0, upTo), ended });
    };
    socket.on('data', (piece) => {
      all = Buffer.concat([all, piece]);
      const at = all.indexOf('\r\n\r\n');
      const upTo = at < 0 ? undefined : cut?.(all.subarray(at + 4));
      if (upTo === undefined) return;
      socket.destroy();
      answer(upTo, false);
    });
    socket.on('end', () => {
      socket.end();
      answer(undefined, true);
    });
  });
}
