import type { AnyRun } from '../run/run.js';
import type { NodeOutcome, NodeReply } from './node-reply.js';
import type { ResponseOptions } from './response-options.js';
import { sendResponse } from './send-response.js';
import { toResponse } from './to-response.js';

/**
 * Sends a run as a Node response: of `node:http`, Express, or `reply.raw` of Fastify. Resolves when all is sent, or when
 * the client has left and, with `onDisconnect: 'cancel'`, the run has ended. Failures of the run don't reject it.
 */
export function toNodeResponse(run: AnyRun, res: NodeReply, options?: ResponseOptions): Promise<NodeOutcome> {
  return sendResponse(toResponse(run, options), res);
}
