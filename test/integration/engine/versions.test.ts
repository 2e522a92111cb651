import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineCluster } from './engine-cluster.js';
import { Asks, Two } from './engine-pipelines.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

const QUEUED = { status: 'queued', pipeline: 'two' };

describe('a run of an older release', () => {
  it('is finished by a worker that has its plan, and by no other; what is recorded is not repeated', async () => {
    await using cluster = await EngineCluster.create(postgres);
    const { client } = cluster;
    const old = await cluster.start(['Two']);
    const run = await client.start(Two, { ms: 1000 });
    await cluster.marked(run.id, 'two');
    await old.kill();
    await cluster.start(['TwoLater']);
    // The newer one has every chance to take it.
    await sleep(3000);
    expect((await cluster.marks(run.id)).map(({ what }) => what)).toEqual(['one', 'two']);
    const next = await cluster.start(['Two']);
    expect(await run.result).toMatchObject({ status: 'success', outputs: { one: 'one', two: 'one, two' } });
    const marks = await cluster.marks(run.id);
    expect(marks.map(({ what }) => what)).toEqual(['one', 'two', 'two', 'two is over']);
    expect(marks.map(({ worker }) => worker)).toEqual([old.name, old.name, next.name, next.name]);
  });

  it('that has not begun waits for a worker that has its plan', async () => {
    await using cluster = await EngineCluster.create(postgres);
    const { client } = cluster;
    await (await cluster.start(['Two'])).close();
    await cluster.start(['TwoLater']);
    // By its class it is of the plan that this process knows.
    const run = await client.start(Two, { ms: 1 });
    // By its name it is of the newest that a worker has had.
    const later = await client.start('two', { ms: 1 });
    expect(await later.result).toMatchObject({ status: 'success', outputs: { three: 'later, three' } });
    await sleep(1000);
    expect(await client.get(run.id)).toMatchObject(QUEUED);
    await cluster.start(['Two']);
    expect(await run.result).toMatchObject({ status: 'success', outputs: { two: 'one, two' } });
  });
});

describe('a run that was suspended by an older release', () => {
  it('goes on with the newest plan that takes its checkpoint over', async () => {
    await using cluster = await EngineCluster.create(postgres);
    const { client } = cluster;
    await cluster.start(['Asks']);
    const run = await client.start(Asks, {});
    const before = await client.get(run.id);
    expect((await run.result).status).toBe('suspended');
    await cluster.start(['AsksMigrating']);
    // Newer still, but it takes nothing over.
    await cluster.start(['AsksOtherwise']);
    const next = await client.resume(run.id, { ask: 'yes' });
    expect(await next.result).toMatchObject({
      status: 'success',
      outputs: { after: 'yes in the second release', more: 'yes in the second release, and more' },
    });
    expect((await client.get(run.id))!.fingerprint).not.toBe(before!.fingerprint);
  });

  it('goes on with its own plan, and not with a newer one that does not take it over', async () => {
    await using cluster = await EngineCluster.create(postgres);
    const { client } = cluster;
    await cluster.start(['Asks']);
    const run = await client.start(Asks, {});
    await run.result;
    await cluster.start(['AsksOtherwise']);
    const next = await client.resume(run.id, { ask: 'yes' });
    expect(await next.result).toMatchObject({ status: 'success', outputs: { after: 'yes in the first release' } });
  });

  it('waits for its own plan where no live worker has one that takes it over', async () => {
    await using cluster = await EngineCluster.create(postgres);
    const { client } = cluster;
    const old = await cluster.start(['Asks']);
    const run = await client.start(Asks, {});
    await run.result;
    // The one that would take it over was there, and is gone.
    await (await cluster.start(['AsksMigrating'])).close();
    await old.close();
    await cluster.start(['AsksOtherwise']);
    const next = await client.resume(run.id, { ask: 'yes' });
    await sleep(2000);
    expect(await client.get(run.id)).toMatchObject({ status: 'queued', pipeline: 'asks' });
    await cluster.start(['Asks']);
    expect(await next.result).toMatchObject({ status: 'success', outputs: { after: 'yes in the first release' } });
  });
});
