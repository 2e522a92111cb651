import type { AnyPipeline } from '../../decorators/context.js';
import type { Checkpoint } from '../run/checkpoint.js';
import type { Answers, Ask } from '../run/suspension.js';

/** What a suspended run goes on with. */
export interface Answered {
  readonly checkpoint: Checkpoint;
  readonly answers: Readonly<Record<string, unknown>>;
}

/** The result of a suspended run, as far as it is answered here. */
interface Suspended {
  readonly checkpoint: Checkpoint;
  readonly asks: readonly { readonly key: string }[];
}

/** Answers by key (`approve`, `review#2`, `research/approve`); or what answers one question, `undefined` for one that stays open. */
export type TestAnswers<P = AnyPipeline> = Answers<P> | ((asked: Ask<P>) => unknown);

/** What a suspended run goes on with; undefined if it is not suspended, or asks nothing that has an answer. */
export function answersFor(
  result: { readonly status: string },
  answers: TestAnswers | undefined,
): Answered | undefined {
  if (result.status !== 'suspended' || answers === undefined) return undefined;
  const { checkpoint, asks } = result as unknown as Suspended;
  const given: Record<string, unknown> = {};
  for (const asked of asks) {
    const answer = typeof answers === 'function' ? answers(asked as Ask<AnyPipeline>) : own(answers, asked.key);
    if (answer !== undefined) given[asked.key] = answer;
  }
  return Object.keys(given).length > 0 ? { checkpoint, answers: given } : undefined;
}

const own = (answers: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(answers, key) ? answers[key] : undefined;
