export { toResponse } from './to-response.js';
export { toNodeResponse } from './to-node-response.js';
export { sendResponse } from './send-response.js';
export type { CustomPart, ResponseFormat, ResponseOptions } from './response-options.js';
export type { NodeOutcome, NodeReply } from './node-reply.js';
export { RunRegistry } from './run-registry.js';
export type { AttachOptions, DrainOptions, Owned, RegistryOptions } from './run-registry.js';
export type { Position } from './read-position.js';
