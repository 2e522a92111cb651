import { writeFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { DRIVERS, SqliteFolder } from '../../storage/sqlite-folder.js';
import { resumeAs } from '../../support/racing/approval.js';
import { checkRace, fifty, suspendedIn } from '../../support/racing/check-race.js';
import { startRace } from '../../support/racing/start-race.js';

describe.each(DRIVERS)('promise 11 in SQLite, through %s: one wins, and 49 are told his answers', (driver) => {
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
