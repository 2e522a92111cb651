import type { RunRecord, RunSummary } from '../ports/run-store.js';
import { isPlainObject } from '../state/plain.js';
import { invalidRecord } from './store-error.js';

/** The version of the records that this version of the library writes and reads. */
export const VERSION: number = 1;

/** Every status that a record can have. */
export const STATUSES = [
  'running',
  'success',
  'failed',
  'cancelled',
  'timeout',
  'suspended',
] as const satisfies readonly RunSummary['status'][];

type Check = readonly [test: (value: unknown) => boolean, what: string];

const isText = (value: unknown): boolean => typeof value === 'string';
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && isPlainObject(value);
const optional = ([test, what]: Check): Check => [(value) => value === undefined || test(value), what];

const TEXT: Check = [isText, 'a text'];
const NAME: Check = [(value) => isText(value) && value !== '', 'a text that is not empty'];
const NUMBER: Check = [(value) => typeof value === 'number', 'a number'];
const OBJECT: Check = [isObject, 'an object'];
const ARRAY: Check = [Array.isArray, 'an array'];
const COUNT: Check = [(value) => Number.isSafeInteger(value) && (value as number) >= 1, 'a whole number from 1 on'];
const STATUS: Check = [(value) => (STATUSES as readonly unknown[]).includes(value), `one of ${STATUSES.join(', ')}`];

const FIELDS: Readonly<Record<Exclude<keyof RunRecord, 'state'>, Check>> = {
  v: [(value) => value === VERSION, String(VERSION)],
  runId: NAME,
  pipeline: NAME,
  fingerprint: TEXT,
  status: STATUS,
  segment: COUNT,
  startedAt: NUMBER,
  endedAt: optional(NUMBER),
  usage: OBJECT,
  error: optional(OBJECT),
  redacted: optional([(value) => typeof value === 'boolean', 'true or false']),
  ledger: OBJECT,
  steps: ARRAY,
  text: TEXT,
  outputs: optional(OBJECT),
  asks: optional(ARRAY),
  checkpoint: optional(OBJECT),
};

/** Checks that plain data has the form of a record; what the payloads are made of is the caller's. */
export function checkRecord(record: unknown): RunRecord {
  if (!isObject(record)) {
    throw invalidRecord('The record of a run is no object.', 'Give save() a record, and return one from redact().');
  }
  const fields = record as Readonly<Record<string, unknown>>;
  for (const [name, [test, what]] of Object.entries(FIELDS)) {
    if (test(fields[name])) continue;
    throw invalidRecord(`The record of a run has a wrong field: ${name} is not ${what}.`, `Make it ${what}.`);
  }
  return fields as unknown as RunRecord;
}
