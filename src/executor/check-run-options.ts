import { MisuseError } from '../errors/misuse-error.js';
import { LONGEST_TIME } from '../plan/longest-time.js';
import type { RunStore } from '../ports/run-store.js';
import type { RunOptions } from './run-options.js';

const time = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= LONGEST_TIME;
const wholeOrNone = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

/** For each option: what it must be, in words and as a test. */
const RULES: { readonly [K in keyof Required<RunOptions>]: readonly [string, (value: unknown) => boolean] } = {
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
  if (typeof options !== 'object' || options === null)
    throw refuse(pipeline, 'its options must be an object', 'Mend the call.');
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof RunOptions] : undefined;
    if (rule === undefined)
      throw refuse(pipeline, `there is no option "${name}"`, `The options are: ${Object.keys(RULES).join(', ')}.`);
    if (!rule[1](value)) throw refuse(pipeline, `the option ${name} must be ${rule[0]}`, 'Mend the option.');
  }
}

const refuse = (pipeline: string, what: string, remedy: string): MisuseError =>
  new MisuseError({ code: 'INVALID_RUN_OPTION', message: `${pipeline}.run(): ${what}.`, remedy });
