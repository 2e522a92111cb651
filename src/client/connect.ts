import type { AnyPipeline } from '../../decorators/context.js';
import { checkConnectOptions, checkUrl, type ConnectOptions } from './connect-options.js';
import { Connection } from './connection.js';

/**
 * Reads a run that a server sends with `toResponse()` or a `RunRegistry`, event by event: `for await (const event of
 * connect<Chatbot>(url, { body }))`. Nothing is asked for before the loop begins. Needs `eventsource-parser`.
 */
export function connect<P = AnyPipeline>(url: string | URL, options: ConnectOptions = {}): Connection<P> {
  checkConnectOptions(options);
  checkUrl(String(url), options);
  return new Connection<P>(String(url), options);
}
