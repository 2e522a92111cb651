import { StepstreamError } from '../../errors/stepstream-error.js';
import type { StepLedger } from '../../run/ledger.js';
import type { AnyResult } from './received.js';

/** How a run has ended, with its error and that error's causes, one per line. */
export function describeEnd({ status, error }: AnyResult): string {
  const causes = causesOf(error).map((cause, depth) => `  ${depth > 0 ? '← ' : ''}${describeError(cause)}`);
  return [`It has ended as ${status}${causes.length > 0 ? ':' : '.'}`, ...causes].join('\n');
}

/** An error, its cause, and so on; of several errors in one all of them. Each once. */
export function causesOf(error: unknown): unknown[] {
  const found = new Set<unknown>();
  const visit = (cause: unknown): void => {
    if (cause === undefined || found.has(cause)) return;
    found.add(cause);
    if (!(cause instanceof Error)) return;
    if (cause instanceof AggregateError) cause.errors.forEach(visit);
    visit(cause.cause);
  };
  visit(error);
  return [...found];
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = StepstreamError.is(error) ? ` [${error.code}]` : '';
  return `${error.name}${code}: ${error.message.split('\n')[0]}`;
}

/** What a ledger says of one step: `done`, `done, failed`, `not taken (dead, by route)`. */
export function describeStep({ status, visits, why, by }: StepLedger): string {
  if (visits.length > 0) return visits.join(', ');
  const because = [why, by && `by ${by}`].filter(Boolean).join(', ');
  return because === '' ? status : `${status} (${because})`;
}

/** One line of a table: its mark, a step, and what is said of that. */
export type Row = readonly [mark: string, name: string, said: string];

/** Lines of a table: names in one column, what is said of them in the other. */
export function toTable(rows: readonly Row[]): string {
  const width = Math.max(0, ...rows.map(([, name]) => name.length));
  return rows.map(([mark, name, said]) => `  ${mark} ${name.padEnd(width)}  ${said}`).join('\n');
}
