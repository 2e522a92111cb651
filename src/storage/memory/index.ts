export type * from '../../ports/run-store.js';
export { memoryStore } from './memory-store.js';
export { StoreError } from '../store-error.js';
export type { StoreOptions } from '../store-options.js';
export { withoutPayloads } from '../without-payloads.js';
