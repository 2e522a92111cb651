import { writeFileSync } from 'node:fs';
import type { Checkpoint } from 'stepstream';
import { memoryStore, type RunStore } from 'stepstream/storage/memory';
import { describe, expect, it } from 'vitest';
import { DRIVERS, SqliteFolder } from '../storage/sqlite-folder.js';
import { Approval, resumeAs, type Finish } from '../support/racing/approval.js';
import { startRace } from '../support/racing/start-race.js';
import { reread, suspendedOf } from '../support/suspended-of.js';

const suspendedIn = async (store: RunStore): Promise<Checkpoint> =>
  reread((await suspendedOf(new Approval().run({}, { store }))).checkpoint);

/** Of fifty: one has won, and all others are told what he has answered; the store has his run, and tells it later too. */
async function checkRace(finishes: readonly Finish[], checkpoint: Checkpoint, store: RunStore): Promise<string> {
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

const fifty = <T>(make: (by: string) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: 50 }, (_, n) => make(`${n}`)));

describe('promise 11: of fifty who resume one segment at once one wins, and 49 are told his answers', () => {
  it('on one instance, in memory: what follows runs once', async () => {
    const store = memoryStore();
    const checkpoint = await suspendedIn(store);
    const instance = new Approval();
    const by = await checkRace(await fifty((by) => resumeAs(by, { checkpoint, store, instance })), checkpoint, store);
    expect(instance.taken).toEqual([by]);
  });

  it('on fifty instances, in memory', async () => {
    const store = memoryStore();
    const checkpoint = await suspendedIn(store);
    await checkRace(await fifty((by) => resumeAs(by, { checkpoint, store })), checkpoint, store);
  });

  describe.each(DRIVERS)('in SQLite, through %s', { timeout: 120_000 }, (driver) => {
    it('through fifty handles of one process', async () => {
      await using folder = new SqliteFolder(driver);
      const checkpoint = await suspendedIn(folder.open());
      const finishes = await fifty((by) => resumeAs(by, { checkpoint, store: folder.open() }));
      await checkRace(finishes, checkpoint, folder.open());
    });

    it('in five processes', async () => {
      await using folder = new SqliteFolder(driver);
      const checkpoint = await suspendedIn(folder.open());
      writeFileSync(`${folder.path}.json`, JSON.stringify(checkpoint));
      await checkRace(await startRace(folder.path, driver, 5, 10), checkpoint, folder.open());
    });
  });
});
