import type { RunAnswers, RunRecord, RunSummary } from '../ports/run-store.js';
import { VERSION } from './check-record.js';
import type { ListedRow, StoredRow } from './run-tables.js';
import { storeFailed } from './store-error.js';

/** Turns what was kept of a run into its record. */
export function toRecord({ head, body }: StoredRow, runId: string): RunRecord {
  const summary = toSummary({ head, runId });
  if (summary.v !== VERSION) {
    throw storeFailed(
      `The record of run ${quote(runId)} has version ${String(summary.v)}; this version of stepstream reads ${VERSION}.`,
      'Read it with the version of stepstream that wrote it, or a later one.',
    );
  }
  return { ...summary, ...(parse(body, runId) as Omit<RunRecord, keyof RunSummary>) };
}

/** Turns what a list reads of a run into its summary, of whichever version. */
export const toSummary = ({ head, runId }: Pick<ListedRow, 'head' | 'runId'>): RunSummary =>
  parse(head, runId) as RunSummary;

/** Turns what was kept of a claim into its answers. */
export const fromAnswers = (answers: string, runId: string): RunAnswers => parse(answers, runId) as RunAnswers;

function parse(json: string, runId: string): object {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
  }
  throw storeFailed(`What was kept of run ${quote(runId)} is damaged.`, 'Restore it from a copy, or delete that run.');
}

const quote = (runId: string): string => JSON.stringify(runId.length > 80 ? `${runId.slice(0, 80)}…` : runId);
