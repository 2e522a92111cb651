import { isDirective } from '../run/directives.js';
import { DONE, type ActivationOutcome } from '../run/outcome.js';
import { toPlain } from '../state/plain.js';
import type { Attempt } from './attempt.js';
import { catchAllValue, mistake, notAGenerator } from './mistake.js';
import { takeBack } from './take-back.js';

/** What a returned value means. Throws what is wrong with it. */
export function judge(attempt: Attempt, value: unknown): ActivationOutcome {
  const { role, activation, stream } = attempt;
  if (stream === undefined && role === 'body' && activation.step.kind === 'streaming') throw notAGenerator(attempt);
  const status = role === 'body' ? 'done' : 'recovered';
  if (isDirective(value)) return steer(attempt, value['~directive'], status);
  if (role === 'catch-all') throw value === undefined ? new NotRecovered() : catchAllValue(attempt);
  const output = toPlain(value, 'output');
  const changes = attempt.changes();
  if (changes === undefined && output === undefined && status === 'done') return DONE;
  return { status, output, changes };
}

function steer(attempt: Attempt, directive: string, status: 'done' | 'recovered'): ActivationOutcome {
  if (attempt.role === 'catch-all') takeBack(attempt.activation, 'handler');
  const changes = attempt.changes();
  if (directive === 'skip') return { status: 'skipped', changes };
  if (directive === 'stop') return { status, stop: true, changes };
  // Another version of the package may know more directives than this one.
  throw mistake(
    attempt,
    'UNKNOWN_DIRECTIVE',
    `returned ${directive}(), a directive that this version doesn't know.`,
    'Load one version of stepstream only.',
  );
}

/** Says that a catch-all handler has looked on only: the error goes on (D.2). */
export class NotRecovered extends Error {}
