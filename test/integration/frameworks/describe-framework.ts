import { afterAll, beforeAll, describe } from 'vitest';
import { describeLeaving } from './describe-leaving.js';
import { describeStreaming } from './describe-streaming.js';

/** A framework's server with the routes of the guide. */
export interface FrameworkServer {
  readonly url: string;
  close(): Promise<unknown>;
}

/** One table of what every framework must do. */
export function describeFramework(
  name: string,
  start: () => Promise<FrameworkServer>,
  timeout?: number,
  /** What is asked of this one besides. */
  describeMore?: (serverOf: () => FrameworkServer) => void,
): void {
  describe(name, () => {
    let server: FrameworkServer;
    beforeAll(async () => void (server = await start()), timeout);
    afterAll(() => server.close());
    describeStreaming(() => server);
    describeLeaving(() => server);
    describeMore?.(() => server);
  });
}
