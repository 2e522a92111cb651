import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Claim } from '../../../src/ports/run-store.js';
import { DRIVERS, SqliteFolder } from '../../storage/sqlite-folder.js';
import { startRacers, type Racer } from '../../storage/start-racers.js';

/** Lets all go at once and collects what they say. */
function race(racers: readonly Racer[]): Promise<unknown[]> {
  for (const racer of racers) racer.go();
  return Promise.all(racers.map(({ said }) => said));
}

describe.each(DRIVERS)('several processes at one file, through %s', { timeout: 120_000 }, (driver) => {
  test('that make fifty claims at once have one winner, and 49 are told the winner’s answers', async () => {
    await using folder = new SqliteFolder(driver);
    const racers = await startRacers(5, folder.path, driver, 'claim');
    const said = (await race(racers)) as Claim[][][];
    for (let segment = 0; segment < 20; segment++) {
      const claims = said.flatMap((all, racer) =>
        all[segment].map((claim, handle) => ({ claim, by: `${racer}.${handle}` })),
      );
      const winners = claims.filter(({ claim }) => claim.won);
      expect(claims).toHaveLength(50);
      expect(winners).toHaveLength(1);
      const losers = claims.filter(({ claim }) => !claim.won).map(({ claim }) => claim);
      expect(losers).toEqual(Array(49).fill({ won: false, answers: { by: winners[0].by } }));
    }
  });

  test('can make it at once', async () => {
    await using folder = new SqliteFolder(driver);
    const racers = await startRacers(6, folder.path, driver, 'create');
    expect(await race(racers)).toEqual(Array(6).fill(true));
    const { runs } = await folder.open().list();
    expect(runs.map(({ runId }) => runId).sort()).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  test('can write at once, and lose nothing', async () => {
    await using folder = new SqliteFolder(driver);
    const racers = await startRacers(3, folder.path, driver, 'save');
    expect(await race(racers)).toEqual(Array(3).fill('saved'));
    const store = folder.open();
    expect((await store.list({ limit: 1_000 })).runs).toHaveLength(121);
    expect((await store.get('shared'))?.text).toMatch(/^(?:0+|1+|2+)$/);
  });

  test('that are killed while they write leave whole records, and nobody locked out', async () => {
    await using folder = new SqliteFolder(driver);
    const racers = await startRacers(2, folder.path, driver, 'forever');
    const store = folder.open({ busyTimeout: 60_000 });
    for (const racer of racers) {
      racer.said.catch(() => undefined);
      racer.go();
    }
    while ((await store.list({ limit: 50 })).runs.length < 20) await sleep(10);
    await Promise.all(racers.map((racer) => racer.kill()));
    const { runs } = await store.list({ limit: 1_000 });
    for (const { runId } of runs) expect((await store.get(runId))?.text).toMatch(/^(\d)\1{49999}$/);
    expect(await store.claim('r0', 2, {})).toEqual({ won: true });
    expect(await store.prune({ keep: 0 })).toBe(runs.length);
  });
});
