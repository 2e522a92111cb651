import type { RunRecord, RunStore } from '../../ports/run-store.js';
import type { Io } from '../io.js';
import type { RunsOptions } from '../runs-options.js';
import { durationOf, startOf, usageOf } from './facts-of.js';
import { getRun } from './get-run.js';

/** `runs show ID`: everything that is kept of a run. */
export async function showRun(store: RunStore, [id]: readonly string[], options: RunsOptions, io: Io): Promise<void> {
  const record = await getRun(store, id);
  io.stdout.write(options.json ? `${JSON.stringify(record, undefined, 2)}\n` : toText(record));
}

function toText(record: RunRecord): string {
  const { runId, pipeline, fingerprint, status, segment, error, redacted, asks, text, outputs, state, ledger } = record;
  const duration = durationOf(record);
  const lines = [
    `${pipeline} ${runId}: ${status}${duration === '' ? '' : ` in ${duration}`}`,
    `started   ${startOf(record)}${segment > 1 ? `, resumed ${segment - 1}×` : ''}`,
    `plan      ${fingerprint}`,
    `tokens    ${usageOf(record)}`,
    ...(redacted ? ['redacted  what authors and users have said is not kept'] : []),
    ...(error === undefined ? [] : [`error     ${error.name}: ${error.message.replaceAll('\n', '\n          ')}`]),
    ...(asks ?? []).map(({ key, ask }) => `waits     ${key}: ${JSON.stringify(ask)}`),
    ...Object.entries(ledger).map(([step, { visits, status }]) => `step      ${step}: ${visitsOf(visits) || status}`),
    ...(text === '' ? [] : [`text      ${text.trimEnd().replaceAll('\n', '\n          ')}`]),
    ...fieldsOf('output', outputs),
    ...fieldsOf('state', state),
  ];
  return `${lines.join('\n')}\n`;
}

const visitsOf = (visits: readonly string[]): string => visits.join(', ');

const fieldsOf = (title: string, value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).map(([name, field]) => `${title.padEnd(9)} ${name}: ${JSON.stringify(field)}`)
    : [];
