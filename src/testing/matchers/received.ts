import { invalidTestOption } from '../invalid-test-option.js';
import { nearestName } from '../../plan/problems/nearest-name.js';
import { listNames } from '../../plan/problems/list-names.js';
import type { RunEvent } from '../../run/events.js';
import type { StepLedger } from '../../run/ledger.js';

/** A run's result, of whatever pipeline. */
export interface AnyResult {
  readonly status: string;
  readonly error?: Error;
  readonly text: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly ledger: Readonly<Record<string, StepLedger>>;
}

/** A collected run, of whatever pipeline. */
export interface AnyTestRun {
  readonly result: AnyResult;
  readonly events: readonly RunEvent[];
}

const has = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => name in value);

/** What `testRun` resolved to; throws for anything else. */
export function testRunOf(matcher: string, received: unknown): AnyTestRun {
  if (has(received, 'events', 'result') && has((received as AnyTestRun).result, 'ledger'))
    return received as AnyTestRun;
  throw invalidTestOption(
    `expect(…).${matcher}()`,
    'it takes what testRun() resolves to',
    'Write: expect(await testRun(pipeline, state)).',
  );
}

/** The result of a run, or of what `testRun` resolved to; throws for anything else. */
export function resultOf(matcher: string, received: unknown): AnyResult {
  const result = has(received, 'result') ? (received as { readonly result: unknown }).result : received;
  if (has(result, 'ledger', 'status')) return result as AnyResult;
  throw invalidTestOption(
    `expect(…).${matcher}()`,
    'it takes what testRun() resolves to, or the result of a run',
    'Write: expect(await testRun(pipeline, state)), or expect(await run.result).',
  );
}

/** Throws for a name that is no step: with `not`, a misspelt one would be right for ever. */
export function checkSteps(matcher: string, { ledger }: AnyResult, names: readonly string[]): void {
  const steps = Object.keys(ledger);
  const wrong = names.find((name) => !steps.includes(name));
  if (wrong === undefined) return;
  const nearest = nearestName(wrong, steps);
  throw invalidTestOption(
    `expect(…).${matcher}()`,
    `there is no step "${wrong}"${nearest ? `; did you mean "${nearest}"?` : ''}`.replace(/\?$/, ''),
    `The steps are: ${listNames(steps)}.`,
  );
}

/** The name of the pipeline, where the events tell it. */
export const nameOf = ({ events }: AnyTestRun): string => events[0]?.pipeline ?? 'the run';
