import type { RunAnswers, RunRecord, RunSummary } from '../ports/run-store.js';
import { toPlain } from '../state/plain.js';
import { checkRecord } from './check-record.js';
import type { RunRow } from './run-tables.js';
import { invalidRecord } from './store-error.js';
import type { CheckedOptions } from './store-options.js';

/** The fields of a summary; all others are read only with the whole record. */
const HEAD: readonly (keyof RunSummary)[] = [
  'v',
  'runId',
  'pipeline',
  'fingerprint',
  'status',
  'segment',
  'startedAt',
  'endedAt',
  'usage',
  'error',
  'redacted',
];

/** By these a run is found, told apart and ordered. */
const FIXED = ['v', 'runId', 'pipeline', 'status', 'segment', 'startedAt', 'endedAt'] as const;

/** Turns a record into what is kept of it: checked, redacted, as JSON. */
export function toRow(given: RunRecord, { redact, maxLength }: CheckedOptions): RunRow {
  const record = checkRecord(toPlain<unknown>(given, 'record', false));
  const kept = redact ? redactRecord(record, redact) : record;
  const { runId, pipeline, status, segment, startedAt, endedAt } = kept;
  const head = toJson(Object.fromEntries(Object.entries(kept).filter(([name]) => isHead(name))), maxLength);
  const body = toJson(Object.fromEntries(Object.entries(kept).filter(([name]) => !isHead(name))), maxLength);
  if (head === undefined || body === undefined || head.length + body.length > maxLength) {
    throw tooLong('The record of a run', kept, maxLength);
  }
  return { runId, pipeline, status, segment, startedAt, endedAt, head, body };
}

/** Turns the answers of a claim into what is kept of them. */
export function toAnswers(given: RunAnswers, { redactAnswers, maxLength }: CheckedOptions): string {
  const answers = checkAnswers(toPlain<unknown>(given, 'answers', false));
  const kept = redactAnswers
    ? checkAnswers(toPlain<unknown>(call('redactAnswers', redactAnswers, answers), 'answers', false))
    : answers;
  const json = toJson(kept, maxLength);
  if (json === undefined) throw tooLong('What a claim answers', kept, maxLength);
  return json;
}

const isHead = (name: string): boolean => (HEAD as readonly string[]).includes(name);

function redactRecord(record: RunRecord, redact: (record: RunRecord) => RunRecord): RunRecord {
  // The function may write into what it is given, so what must stay is noted before.
  const before = { ...record };
  const kept = checkRecord(toPlain<unknown>(call('redact', redact, record), 'record', false));
  const changed = FIXED.find((name) => kept[name] !== before[name]);
  if (changed === undefined) return kept;
  throw invalidRecord(
    `The store's redact function has changed ${changed}, by which the run is found.`,
    `Let it leave ${FIXED.join(', ')} as they are.`,
  );
}

function call<T>(name: string, redact: (value: T) => T, value: T): T {
  try {
    return redact(value);
  } catch (cause) {
    throw invalidRecord(
      `The store's ${name} function has thrown, so nothing was kept.`,
      'See `cause` for the error itself.',
      cause,
    );
  }
}

function checkAnswers(answers: unknown): RunAnswers {
  if (typeof answers === 'object' && answers !== null && !Array.isArray(answers)) return answers as RunAnswers;
  throw invalidRecord('The answers of a claim are no object.', 'Give an object of answers by step key.');
}

/** The JSON of a value; undefined if it would be too long. */
function toJson(value: unknown, maxLength: number): string | undefined {
  try {
    const json = JSON.stringify(value);
    return json.length > maxLength ? undefined : json;
  } catch {
    // Plain data fails only when its JSON is longer than any string can be.
    return undefined;
  }
}

function tooLong(what: string, value: object, maxLength: number): Error {
  const sizes = Object.entries(value).map(([name, field]) => ({
    name,
    length: toJson(field, Infinity)?.length ?? Infinity,
  }));
  const { name } = sizes.reduce((largest, size) => (size.length > largest.length ? size : largest));
  return invalidRecord(
    `${what} is longer than ${maxLength} characters of JSON; most of it is in ${name}.`,
    "Keep large data elsewhere and its key in the run, leave it out in redact(), or raise the store's maxLength.",
  );
}
