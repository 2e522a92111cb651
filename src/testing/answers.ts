import type { Checkpoint } from '../run/checkpoint.js';

/** One question of a suspended run. */
export interface Asked {
  readonly step: string;
  /** What the answer is given by: `approve`, `review#2`, `research/approve`. */
  readonly key: string;
  readonly ask: unknown;
}

/** The result of a suspended run, as far as it is answered here. */
export interface Suspended {
  readonly status: 'suspended';
  readonly checkpoint: Checkpoint;
  readonly asks: readonly Asked[];
}

/** Answers by key; or what answers one question, `undefined` for one that stays open. */
export type Answers = Readonly<Record<string, unknown>> | ((asked: Asked) => unknown);

/** The answers to what a run asks now; undefined if it asks nothing, or nothing that has an answer. */
export function answersFor(
  result: Suspended | { readonly status: string },
  answers: Answers | undefined,
): Record<string, unknown> | undefined {
  if (result.status !== 'suspended' || answers === undefined) return undefined;
  const given: Record<string, unknown> = {};
  for (const asked of (result as Suspended).asks) {
    const answer = typeof answers === 'function' ? answers(asked) : own(answers, asked.key);
    if (answer !== undefined) given[asked.key] = answer;
  }
  return Object.keys(given).length > 0 ? given : undefined;
}

const own = (answers: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(answers, key) ? answers[key] : undefined;
