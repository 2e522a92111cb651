import type { RunAnswers, RunRecord } from '../ports/run-store.js';
import { invalidStoreCall } from './store-error.js';

/** What can be said of any store of runs. */
export interface StoreOptions {
  /**
   * Is given a copy of every record before it is kept, and returns what is kept instead: states, outputs and texts may be
   * secrets. `withoutPayloads` is such a function. If it throws, nothing is kept.
   */
  readonly redact?: (record: RunRecord) => RunRecord;
  /** The same for the answers of a claim, which the losers of that claim are told. */
  readonly redactAnswers?: (answers: RunAnswers) => RunAnswers;
  /** How long the JSON of one record, or of one claim's answers, may be, in characters; 67,108,864 by default. */
  readonly maxLength?: number;
  /** The time by which `prune` measures ages, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
}

/** The options of a store with nothing left open. */
export interface CheckedOptions extends StoreOptions {
  readonly maxLength: number;
  readonly now: () => number;
}

const FUNCTIONS = ['redact', 'redactAnswers', 'now'] as const;

/** Checks the options that all stores have, and fills in what was left out. */
export function checkOptions(options: StoreOptions, known: readonly string[] = []): CheckedOptions {
  const names = ['redact', 'redactAnswers', 'maxLength', 'now', ...known];
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw invalidStoreCall(`A store has no option "${name}".`, `Its options are ${names.join(', ')}.`);
    }
  }
  for (const name of FUNCTIONS) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'function') {
      throw invalidStoreCall(`The store's option ${name} is no function.`, 'Give it a function, or leave it out.');
    }
  }
  const { maxLength = 67_108_864, now = Date.now } = options;
  if (!Number.isSafeInteger(maxLength) || maxLength < 1) {
    throw invalidStoreCall("The store's option maxLength is no whole number above 0.", 'Say it in characters.');
  }
  return { ...options, maxLength, now };
}
