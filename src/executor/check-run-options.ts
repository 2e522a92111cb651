import { checkOptions, type OptionRules } from '../errors/check-options.js';
import { LONGEST_TIME } from '../plan/longest-time.js';
import type { RunStore } from '../ports/run-store.js';
import type { RunOptions } from './run-options.js';

const time = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= LONGEST_TIME;
const wholeOrNone = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

const RULES: OptionRules<keyof RunOptions> = {
  id: [
    'a non-empty string of at most 128 characters',
    (id) => typeof id === 'string' && id.length > 0 && id.length <= 128,
  ],
  signal: ['an AbortSignal', (signal) => typeof (signal as AbortSignal | null)?.addEventListener === 'function'],
  timeout: [`a number of milliseconds above 0 and at most ${LONGEST_TIME}`, time],
  context: ['anything', () => true],
  throwOnFailure: ['true or false', (value) => typeof value === 'boolean'],
  store: ['a RunStore', (store) => typeof (store as RunStore | null)?.claim === 'function'],
  buffer: ['a whole number of events, 0 or more', wholeOrNone],
};

/** Throws one `MisuseError` for options that `run()` doesn't know or can't use. */
export function checkRunOptions(pipeline: string, options: RunOptions): void {
  checkOptions({ code: 'INVALID_RUN_OPTION', call: `${pipeline}.run()` }, options, RULES);
}
