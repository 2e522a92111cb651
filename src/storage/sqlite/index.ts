export type * from '../../ports/run-store.js';
export type { Driver } from './database.js';
export { sqliteStore, type SqliteStoreOptions } from './sqlite-store.js';
export { StoreError } from '../store-error.js';
export type { StoreOptions } from '../store-options.js';
export { withoutPayloads } from '../without-payloads.js';
