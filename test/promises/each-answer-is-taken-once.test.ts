import { memoryStore } from 'stepstream/storage/memory';
import { describe, expect, it } from 'vitest';
import { Approval, resumeAs } from '../support/racing/approval.js';
import { checkRace, fifty, suspendedIn } from '../support/racing/check-race.js';

// In SQLite, and in several processes: test/integration/storage.
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
});
