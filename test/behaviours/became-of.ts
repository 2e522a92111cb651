import type { RunResult, StepLedger } from 'stepstream';

/** What became of every step, in short: `done`, `done done`, or why it was not taken: `dead`, `stopped`, `ended`. */
export const becameOf = <P>({ ledger }: RunResult<P>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(ledger as Readonly<Record<string, StepLedger>>).map(([name, { visits, why }]) => [
      name,
      why ?? visits.join(' '),
    ]),
  );
