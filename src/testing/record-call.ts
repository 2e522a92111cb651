import { toPlain } from '../state/plain.js';

/** A step's context, as far as a call is recorded. */
export interface CalledWith {
  readonly state: object;
  readonly [name: string]: unknown;
}

const KEPT = ['input', 'inputs', 'item', 'index', 'attempt'] as const;

/** What one call got: its state as a copy, for the body is going to change it; everything else is frozen already. */
export function recordCall(context: CalledWith): Readonly<Record<string, unknown>> {
  const kept: Record<string, unknown> = {};
  for (const name of KEPT) if (context[name] !== undefined) kept[name] = context[name];
  return Object.freeze({ ...kept, state: toPlain(context.state, 'state') });
}
