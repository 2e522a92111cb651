import type { AnyPipeline } from '../../../decorators/context.js';
import type { RunResult } from '../../run/result.js';
import type { EndSignal, Io } from '../io.js';
import { toDuration } from '../to-duration.js';
import type { RunRequest } from './request.js';

/** As shells have it: 128 and the number of the signal. */
const SIGNAL_CODES: Readonly<Record<EndSignal, number>> = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 };
/** A run that waits is neither a success nor a failure. */
const SUSPENDED = 3;

/** Says how a run has ended, and what to do about it; returns the exit code. */
export function tellEnd(result: RunResult<AnyPipeline>, request: RunRequest, io: Io, signal?: EndSignal): number {
  const say = (line: string): unknown => io.stderr.write(`${line}\n`);
  for (const { message } of result.warnings) say(`warning: ${message}`);
  if (result.status === 'suspended') {
    say('The run waits for an answer:');
    for (const { key, ask } of result.asks) say(`  ${key}: ${JSON.stringify(ask)}`);
    say(howToGoOn(result, request));
    return SUSPENDED;
  }
  if (io.stderr.isTTY && !request.json) say(`${result.status} in ${toDuration(result.duration)}${usageOf(result)}`);
  if (result.status === 'success') return 0;
  if (signal !== undefined && result.status === 'cancelled') return SIGNAL_CODES[signal];
  say(result.error.message);
  return 1;
}

function usageOf({ usage: { input, output } }: RunResult<AnyPipeline>): string {
  return input + output > 0 ? `, ${input} tokens read, ${output} written` : '';
}

function howToGoOn(
  { runId, asks }: Extract<RunResult<AnyPipeline>, { status: 'suspended' }>,
  { file, store, class: named }: RunRequest,
): string {
  if (store === undefined) return 'It is kept nowhere: with --store FILE.sqlite it could go on later.';
  const answers = asks.map(({ key }) => `${JSON.stringify(key)}: …`).join(', ');
  const words = ['npx stepstream run', quote(file!), ...(named === undefined ? [] : ['--class', named])];
  return `To go on: ${words.join(' ')} --store ${quote(store)} --resume ${quote(runId)} --answers '{ ${answers} }'`;
}

const quote = (word: string): string => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
