import { parseOptions } from '../parse-options.js';
import { readJson } from '../read-json.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = {
  input: 'string',
  class: 'string',
  store: 'string',
  timeout: 'string',
  context: 'string',
  resume: 'string',
  answers: 'string',
  json: 'boolean',
} as const;

/** What `stepstream run` was asked for. */
export interface RunRequest {
  readonly file: string | undefined;
  readonly class: string | undefined;
  /** The path of the SQLite file. */
  readonly store: string | undefined;
  readonly timeout: number | undefined;
  readonly context: unknown;
  /** Whether events are printed whoever looks. */
  readonly json: boolean;
  /** The state of a new run, or the run to go on with. */
  readonly begin: { readonly state: object } | { readonly runId: string; readonly answers: object };
}

/** Reads what was typed behind `stepstream run`; throws a `UsageError` for what can't be meant. */
export function readRequest(args: readonly string[], cwd: string): RunRequest {
  const { options, words } = parseOptions(args, OPTIONS, 1);
  const { input, resume, answers, store, timeout, context, json = false } = options;
  const common = {
    ...{ file: words[0], class: options.class, store, json },
    timeout: timeout === undefined ? undefined : readTime(timeout),
    context: context === undefined ? undefined : readJson('context', context, cwd),
  };
  if (resume === undefined) {
    if (answers !== undefined) throw new UsageError('--answers are for a suspended run: name it by --resume.');
    if (input === undefined) throw new UsageError("Say what the run begins with: --input '{ … }', the state as JSON.");
    return { ...common, begin: { state: readObject('input', input, cwd) } };
  }
  if (input !== undefined) throw new UsageError('A resumed run has its state: leave out --input.');
  if (store === undefined) throw new UsageError('Say where the suspended run is kept: --store FILE.sqlite.');
  if (answers === undefined) throw new UsageError("Say what the run waits for: --answers '{ … }', by step.");
  return { ...common, begin: { runId: resume, answers: readObject('answers', answers, cwd) } };
}

function readTime(text: string): number {
  const time = Number(text);
  if (text.trim() !== '' && time > 0) return time;
  throw new UsageError(`--timeout is a number of milliseconds above 0, not "${text}".`);
}

function readObject(option: string, text: string, cwd: string): object {
  const value = readJson(option, text, cwd);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`--${option} is a JSON object: '{ … }'.`);
}
