import type { Usage } from '../../../decorators/context.js';
import type { Activation } from '../../executor/activation.js';
import { flowOf } from '../../executor/flow.js';
import { isLazy } from '../../executor/item-source.js';
import { placeOf } from '../../executor/mistake.js';
import { takeBack } from '../../executor/take-back.js';
import { StepError } from '../../errors/step-error.js';
import type { Settle } from '../../ports/engine.js';
import type { ActivationOutcome } from '../../run/outcome.js';
import { toStoredOutcome, type Envelope } from './envelope.js';
import { NOTHING_SAID, type Publisher } from './publisher.js';

type Body = (activation: Activation, settle: Settle<Activation>) => void;

/** Whom a body tells, and whether an earlier execution has told that it began. */
interface Surroundings {
  readonly publisher?: Publisher;
  readonly begun?: boolean;
}

const NEVER_BEGUN: Envelope = { v: 1, outcome: { status: 'cancelled' }, attempt: 1, attempts: 0, begun: false };

/**
 * Runs the body of an activation to its outcome, and writes down everything that it leaves behind; what it has told is
 * stored before that is recorded. An execution that has begun it and died may have told something: that is taken back.
 */
export async function perform(
  activation: Activation,
  body: Body,
  { publisher, begun = false }: Surroundings = {},
): Promise<Envelope> {
  const first = !activation.begun;
  if (begun) activation.begun = true;
  // Decided against before it could begin.
  if (first && activation.decided !== undefined) return { ...NEVER_BEGUN, begun };
  if (first) takeBack(activation, 'restart');
  const { attempt } = activation;
  publisher?.saidBy(activation.key);
  const settled = await new Promise<ActivationOutcome>((resolve) => body(activation, (_, outcome) => resolve(outcome)));
  const outcome = withoutLazy(activation, settled);
  if (outcome.status !== 'opened' && outcome.status !== 'called') activation.close();
  const { last, usage } = publisher?.saidBy(activation.key) ?? NOTHING_SAID;
  const attempts = attemptsOf(activation, outcome, first, attempt);
  const envelope = toEnvelope(activation, outcome, { usage, attempts });
  // What a replay can't tell again must not get lost.
  if (last > 0) await publisher?.stored(last);
  return envelope;
}

/** An each begins no attempt of its own; what comes after a child goes on with an attempt that has begun. */
function attemptsOf(
  { begun, attempt }: Activation,
  { status }: ActivationOutcome,
  first: boolean,
  before: number,
): number {
  if (!begun || status === 'opened') return 0;
  return attempt - before + (first ? 1 : 0);
}

function toEnvelope(
  activation: Activation,
  outcome: ActivationOutcome,
  { usage, attempts }: { readonly usage: readonly Usage[]; readonly attempts: number },
): Envelope {
  const { key, attempt, begun, leftBehind, run } = activation;
  const text = run.transcript.textOf(key);
  const child = outcome.status === 'called' ? flowOf(activation).children!.get(activation)! : undefined;
  return {
    v: 1,
    outcome: toStoredOutcome(outcome),
    ...{ attempt, attempts, begun },
    ...(text !== '' && { text }),
    ...(usage.length > 0 && { usage }),
    ...(leftBehind && { leftBehind: true }),
    ...(child && { child: { field: child.field!, state: child.store.current } }),
  };
}

/** Items that come one by one exist in this process alone: another one could never go on with them (B.5). */
function withoutLazy(activation: Activation, outcome: ActivationOutcome): ActivationOutcome {
  const value = outcome.passes?.value;
  if (!isLazy(value)) return outcome;
  void (value as { return?(): unknown }).return?.();
  const error = new StepError(placeOf(activation), {
    code: 'LAZY_ON_ENGINE',
    what: "returned items that come one by one, which a run on a distributed engine can't keep.",
    remedy: 'Return an array of them, or run this pipeline in process.',
  });
  return { status: 'failed', error };
}
