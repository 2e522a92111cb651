import type { StepLedger, VisitStatus } from '../../run/ledger.js';
import { describeEnd, describeStep, toTable, type Row } from './describe-end.js';
import { expectation, type Matched, type MatcherContext } from './matched.js';
import { checkSteps, resultOf } from './received.js';

/** What a ledger should say of a step: how its last visit has ended, how each has, or a part of its line. */
export type LedgerLine = VisitStatus | 'not taken' | readonly VisitStatus[] | Partial<StepLedger>;

/** Whether the ledger says so of these steps; of the others it may say what it likes. */
export function toHaveLedger(
  this: MatcherContext,
  received: unknown,
  expected: Readonly<Record<string, LedgerLine | undefined>>,
): Matched {
  const result = resultOf('toHaveLedger', received);
  checkSteps('toHaveLedger', result, Object.keys(expected));
  const fits = (name: string): boolean =>
    expected[name] === undefined || isAs(this, result.ledger[name], expected[name]);
  const rows = Object.entries(result.ledger).flatMap(([name, step]): Row[] => {
    const said = describeStep(step);
    return fits(name)
      ? [[' ', name, said]]
      : [
          ['-', name, describeLine(expected[name]!)],
          ['+', name, said],
        ];
  });
  return {
    pass: Object.keys(expected).every(fits),
    message: () =>
      `Expected the ledger ${expectation(this, 'to say so (- expected, + received)')}:\n\n${toTable(rows)}\n\n${describeEnd(result)}`,
  };
}

function isAs(context: MatcherContext, step: StepLedger, line: LedgerLine): boolean {
  if (typeof line === 'string') return step.status === line;
  if (Array.isArray(line)) return context.equals(step.visits, line);
  return Object.entries(line).every(([key, value]) => context.equals(step[key as keyof StepLedger], value));
}

function describeLine(line: LedgerLine): string {
  if (typeof line === 'string') return line;
  return Array.isArray(line) ? line.join(', ') || 'no visit' : JSON.stringify(line);
}
