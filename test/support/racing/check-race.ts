import { expect } from 'vitest';
import type { Checkpoint, RunStore } from 'stepstream';
import { reread, suspendedOf } from '../suspended-of.js';
import { Approval, resumeAs, type Finish } from './approval.js';

/** A run that waits for an answer, kept in this store. */
export const suspendedIn = async (store: RunStore): Promise<Checkpoint> =>
  reread((await suspendedOf(new Approval().run({}, { store }))).checkpoint);

/** Of fifty: one has won, and all others are told what he has answered; the store has his run, and tells it later too. */
export async function checkRace(finishes: readonly Finish[], checkpoint: Checkpoint, store: RunStore): Promise<string> {
  expect(finishes).toHaveLength(50);
  const winners = finishes.filter(({ status }) => status === 'success');
  expect(winners).toHaveLength(1);
  const [{ by, said }] = winners;
  expect(said).toBe(`approved by ${by}`);
  const late = { status: 'failed', error: 'AlreadyResumedError', answers: { approve: by } };
  const losers = finishes.filter((finish) => finish !== winners[0]);
  for (const loser of [...losers, await resumeAs('later', { checkpoint, store })])
    expect(loser).toEqual({ by: loser.by, ...late });
  expect(await store.get(checkpoint.runId)).toMatchObject({
    status: 'success',
    segment: 2,
    state: { approved: by },
    outputs: { publish: said },
  });
  return by;
}

/** Fifty at once. */
export const fifty = <T>(make: (by: string) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: 50 }, (_, n) => make(`${n}`)));
