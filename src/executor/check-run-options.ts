import { MisuseError } from '../errors/misuse-error.js';
import type { RunOptions } from '../run/run-options.js';

const positive = (value: unknown): boolean => typeof value === 'number' && value > 0 && Number.isFinite(value);
const wholeOrNone = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

/** For each option: what it must be, in words and as a test. */
const RULES: { readonly [K in keyof Required<RunOptions>]: readonly [string, (value: unknown) => boolean] } = {
  id: [
    'a non-empty string of at most 128 characters',
    (id) => typeof id === 'string' && id.length > 0 && id.length <= 128,
  ],
  signal: ['an AbortSignal', (signal) => typeof signal === 'object' && signal !== null && 'aborted' in signal],
  timeout: ['a number of milliseconds above 0', positive],
  context: ['anything', () => true],
  throwOnFailure: ['true or false', (value) => typeof value === 'boolean'],
  buffer: ['a whole number of events, 0 or more', wholeOrNone],
};

/** Throws one `MisuseError` for options that `run()` doesn't know or can't use. */
export function checkRunOptions(pipeline: string, options: RunOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const rule = (RULES as Record<string, (typeof RULES)['id'] | undefined>)[name];
    if (rule === undefined)
      throw refuse(pipeline, `there is no option "${name}"`, `The options are: ${Object.keys(RULES).join(', ')}.`);
    if (!rule[1](value)) throw refuse(pipeline, `the option ${name} must be ${rule[0]}`, 'Mend the option.');
  }
}

const refuse = (pipeline: string, what: string, remedy: string): MisuseError =>
  new MisuseError({ code: 'INVALID_RUN_OPTION', message: `${pipeline}.run(): ${what}.`, remedy });
