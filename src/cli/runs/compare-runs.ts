import { isDeepStrictEqual } from 'node:util';
import type { RunRecord, RunStore } from '../../ports/run-store.js';
import type { Io } from '../io.js';
import type { RunsOptions } from '../runs-options.js';
import { toDuration } from '../to-duration.js';
import { durationOf, startOf, usageOf } from './facts-of.js';
import { getRun } from './get-run.js';
import { table } from './table.js';

/** One line of a comparison. */
interface Compared {
  readonly what: string;
  readonly one: string;
  readonly other: string;
  readonly same: boolean;
}

/** `runs compare ID ID`: two runs side by side, with a mark where they differ. */
export async function compareRuns(
  store: RunStore,
  [one, other]: readonly string[],
  options: RunsOptions,
  io: Io,
): Promise<void> {
  const lines = compare(await getRun(store, one), await getRun(store, other));
  if (options.json) return void io.stdout.write(`${JSON.stringify(lines, undefined, 2)}\n`);
  const rows = lines.map(({ what, one, other, same }) => [same ? ' ' : '≠', what, one, other]);
  io.stdout.write(table([[' ', '', one, other], ...rows]));
}

function compare(one: RunRecord, other: RunRecord): readonly Compared[] {
  const line = (what: string, read: (record: RunRecord) => unknown): Compared => {
    const [a, b] = [read(one), read(other)];
    return { what, one: toCell(a), other: toCell(b), same: isDeepStrictEqual(a, b) };
  };
  const keys = [...new Set([...one.steps, ...other.steps].map(({ key }) => key))];
  const fields = (name: 'outputs' | 'state') => [
    ...new Set([...Object.keys(one[name] ?? {}), ...Object.keys(other[name] ?? {})]),
  ];
  return [
    line('pipeline', ({ pipeline }) => pipeline),
    line('plan', ({ fingerprint }) => fingerprint),
    line('status', ({ status }) => status),
    line('error', ({ error }) => error?.message),
    line('started', startOf),
    line('took', durationOf),
    line('tokens', usageOf),
    ...keys.map((key) => line(`step ${key}`, (record) => stepOf(record, key))),
    line('text', ({ text }) => text),
    ...fields('outputs').map((name) => line(`output ${name}`, ({ outputs }) => outputs?.[name])),
    ...fields('state').map((name) => line(`state ${name}`, ({ state }) => (state as Record<string, unknown>)?.[name])),
  ];
}

function stepOf({ steps }: RunRecord, key: string): string | undefined {
  const step = steps.find((one) => one.key === key);
  if (step?.endedAt === undefined) return step?.status;
  return `${step.status} in ${toDuration(step.endedAt - step.startedAt)}`;
}

/** A value on few characters. */
function toCell(value: unknown): string {
  const text = value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
