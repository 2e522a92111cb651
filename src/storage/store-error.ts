import { StepstreamError } from '../errors/stepstream-error.js';

/** A store of runs can't do what it was asked: a wrong call, a record that it can't keep, a database that refuses. */
export class StoreError extends StepstreamError {
  override readonly name = 'StoreError';
}

/** A call or an option of a store that is wrong as it stands. */
export const invalidStoreCall = (message: string, remedy: string): StoreError =>
  new StoreError({ code: 'INVALID_STORE_CALL', message, remedy });

/** A record that can't be kept as it is; nothing of it was written. */
export const invalidRecord = (message: string, remedy: string, cause?: unknown): StoreError =>
  new StoreError({ code: 'INVALID_RECORD', message, remedy, cause });

/** What holds the runs can't be read or written. */
export const storeFailed = (message: string, remedy: string, cause?: unknown): StoreError =>
  new StoreError({ code: 'STORE_FAILED', message, remedy, cause });
