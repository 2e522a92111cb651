import type { NodeOutcome, NodeReply } from './node-reply.js';

/**
 * Sends a web `Response` as a Node response, at the client's pace. Resolves when all is sent or, if the client leaves
 * before, when whoever made the body has dealt with that. A body that breaks off breaks the connection. Rejects only if
 * the answer can't begin, as where its headers were sent already. An answer to HEAD is its headers.
 */
export async function sendResponse(response: Response, res: NodeReply): Promise<NodeOutcome> {
  const reader = response.body?.getReader();
  // A response of HTTP/2 tells by its stream alone.
  let left = (res.destroyed ?? res.stream?.destroyed ?? false) || res.writableEnded;
  let goOn: (() => void) | undefined;
  const onDrain = (): void => goOn?.();
  let leaving: Promise<void> | undefined;
  const leave = (): void => {
    left = true;
    // A body that has broken off at the same moment says so to whoever reads it.
    leaving ??= reader?.cancel().catch(() => undefined);
    goOn?.();
  };
  // Two listeners, as an error of the socket may come alone.
  res.on('close', leave);
  res.on('error', leave);
  res.on('drain', onDrain);
  let begun = false;
  try {
    if (left) leave();
    else begun = begin(response, res);
    if (res.req?.method === 'HEAD') await reader?.cancel();
    while (!left && reader) {
      const { done, value } = await reader.read();
      if (left || done) break;
      if (!res.write(value)) await new Promise<void>((resolve) => (left ? resolve() : (goOn = resolve)));
    }
    await leaving;
    if (left) return 'disconnected';
    res.end();
    return 'complete';
  } catch (error) {
    // Whatever has made the body must not wait for somebody to read it.
    await reader?.cancel().catch(() => undefined);
    if (!begun) throw error;
    res.destroy();
    return 'broken';
  } finally {
    res.off('close', leave);
    res.off('drain', onDrain);
    // The listener for errors stays: one that comes later must not end the process.
  }
}

function begin(response: Response, res: NodeReply): true {
  const headers: Record<string, string | string[]> = {};
  response.headers.forEach((value, name) => (headers[name] = value));
  // Several cookies are several headers, the only ones that can't be one.
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  res.writeHead(response.status, headers);
  // The client learns at once that it is heard, however long the first token takes.
  res.flushHeaders?.();
  return true;
}
