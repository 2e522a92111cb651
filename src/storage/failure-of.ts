import { storeFailed, type StoreError } from './store-error.js';

const REMEDIES: readonly (readonly [said: RegExp, remedy: string])[] = [
  [/locked|busy/i, 'Another process holds it: end what it does there, or raise busyTimeout.'],
  [/not a database|malformed|corrupt/i, 'Give the path of an SQLite file, or of a new one.'],
  [/disk is full/i, 'Make room on the disk.'],
  [/read-?only/i, 'Let this process write the file and its folder.'],
];

/** Builds the error for whatever a database has thrown. */
export function failureOf(where: string, cause: unknown): StoreError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(said)) ?? [];
  return storeFailed(
    `${where} can't be read or written: ${said}.`,
    remedy ?? 'See `cause` for the error itself.',
    cause,
  );
}
