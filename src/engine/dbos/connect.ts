import type { ConnectOptions } from './connect-options.js';
import { EngineClient } from './engine-client.js';

/** Connects to the database of the workers. */
export function connect(options: ConnectOptions): Promise<EngineClient> {
  return EngineClient.connect(options);
}
