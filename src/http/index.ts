export { toResponse } from './to-response.js';
export { toNodeResponse } from './to-node-response.js';
export { sendResponse } from './send-response.js';
export type { ResponseFormat, ResponseOptions } from './response-options.js';
export type { NodeOutcome, NodeReply } from './node-reply.js';
