import type { StandardSchema } from '../../decorators/standard-schema.js';
import { MisuseError } from '../errors/misuse-error.js';
import { SuspensionExpiredError } from '../errors/suspension-expired-error.js';
import type { FailurePlace } from '../errors/step-error.js';
import { nearestName } from '../plan/problems/nearest-name.js';
import type { PlanStep } from '../plan/plan.js';
import type { Checkpoint } from '../run/checkpoint.js';
import { toPlain } from '../state/plain.js';
import { validateAnswer, type ValidatedAnswer } from '../state/validate-answer.js';
import { schemaOf } from './answer-schemas.js';
import type { Host } from './host.js';
import { own } from './mistake.js';
import { pendingOf, type Pending } from './pending.js';

/** What a resumed run begins with. */
export interface Answered {
  /** Outputs by key; where a schema answers later, promises of them, which may reject. */
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly expired: ReadonlyMap<string, SuspensionExpiredError>;
  /** The answers as they were given, plain, for whoever comes too late. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** Looks at the answers to a suspended run. Throws a `MisuseError` for those that can't be taken; nothing is lost by it. */
export function checkAnswers(host: Host, { root }: Checkpoint, answers: unknown, now: number): Answered {
  const { pipeline } = host.compiled.plan;
  const pending = new Map(pendingOf(host, root).map((one) => [one.key, one]));
  const given = toPlain(answers, 'answers') as Record<string, unknown>;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw refuse(pipeline, 'its answers must be an object by step key', `Pending are: ${listOf(pending)}.`);
  const expired = new Map<string, SuspensionExpiredError>();
  for (const { key, step, attempt, index, suspension, host } of pending.values())
    if (suspension.expiresAt !== undefined && suspension.expiresAt <= now)
      expired.set(
        key,
        expiredError({ pipeline: host.compiled.plan.pipeline, step: step.name, attempt, index }, suspension.expiresAt),
      );
  const outputs = new Map<string, unknown>();
  for (const [key, answer] of Object.entries(given)) {
    const one = pending.get(key);
    if (one === undefined) throw unknownKey(pipeline, key, pending);
    if (!expired.has(key)) outputs.set(key, outputOf(pipeline, one, answer));
  }
  if (outputs.size + expired.size === 0)
    throw refuse(pipeline, 'there is no answer', `Pending are: ${listOf(pending)}.`);
  return { outputs, expired, given };
}

/** The error is the step's own: nobody has thrown it. */
const expiredError = (place: FailurePlace, expiresAt: number): SuspensionExpiredError =>
  own(new SuspensionExpiredError(place, expiresAt));

function outputOf(pipeline: string, { key, step, suspension, host }: Pending, answer: unknown): unknown {
  const schema = schemaOf(host.compiled, step.name);
  if (schema !== undefined) return judged(pipeline, key, step, schema, answer);
  if (!suspension.validated) return checkCase(pipeline, key, step, answer);
  throw new MisuseError({
    code: 'ANSWER_SCHEMA_MISSING',
    message: `${pipeline}.resume(): the answer to "${key}" is to be validated, and this process has not seen by what.`,
    remedy: 'Give the schema to the decorator of the step instead of suspend(): { answer: schema }.',
  });
}

function judged(
  pipeline: string,
  key: string,
  step: PlanStep,
  schema: StandardSchema<unknown>,
  answer: unknown,
): unknown {
  const judge = (judged: ValidatedAnswer): unknown => {
    if (judged.error !== undefined) throw judged.error;
    if (judged.issues === undefined) return checkCase(pipeline, key, step, judged.value);
    throw refuse(pipeline, `the answer to "${key}" is wrong: ${judged.issues.join('; ')}`, 'Mend the answer.');
  };
  const validated = validateAnswer(schema, answer);
  return validated instanceof Promise ? validated.then(judge) : judge(validated);
}

/** The answer to a switch is its key. */
function checkCase(pipeline: string, key: string, { kind, cases = {}, otherwise }: PlanStep, answer: unknown): unknown {
  if (kind !== 'switch' || otherwise !== undefined || Object.hasOwn(cases, String(answer))) return answer;
  const known = Object.keys(cases).join(', ');
  throw refuse(pipeline, `the answer to the switch "${key}" is none of its cases`, `Answer one of ${known}.`);
}

function unknownKey(pipeline: string, key: string, pending: ReadonlyMap<string, Pending>): MisuseError {
  const nearest = nearestName(key, pending.keys());
  const hint = nearest ? ` Did you mean "${nearest}"?` : '';
  return refuse(
    pipeline,
    `nothing waits for the answer "${key.slice(0, 80)}".${hint}`,
    `Pending are: ${listOf(pending)}.`,
  );
}

const listOf = (pending: ReadonlyMap<string, Pending>): string => [...pending.keys()].slice(0, 12).join(', ');

const refuse = (pipeline: string, what: string, remedy: string): MisuseError =>
  new MisuseError({
    code: 'INVALID_ANSWER',
    message: `${pipeline}.resume(): ${what.endsWith('?') ? what : `${what}.`}`,
    remedy,
  });
