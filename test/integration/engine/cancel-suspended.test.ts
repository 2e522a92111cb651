import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, startWorker, type EngineClient, type Worker } from '../../../src/engine/dbos/index.js';
import { OnShutdown, OnStartup, Pipeline, Step, suspend, type Ctx, type Run } from '../../../src/index.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

const RACES = 30;

/** What has happened, by run. */
const done: string[] = [];

class Approval extends Pipeline<{ ms?: number; asked?: boolean; answer?: string }> {
  static readonly pipeline = { name: 'approval' };
  @OnStartup({ per: 'run' }) begin({ runId }: { runId: string }) {
    done.push(`${runId} begins`);
  }
  @OnShutdown({ per: 'run' }) end({ runId }: { runId: string }) {
    done.push(`${runId} ends`);
  }
  @Step({ to: 'ask' }) async before({ state }: Ctx<this>) {
    await sleep(state.ms ?? 0);
    state.asked = true;
    return 'before';
  }
  @Step({ to: 'after' }) ask() {
    return suspend<string>('may I?');
  }
  @Step() after({ state, input, runId }: Ctx<this, string>) {
    done.push(`${runId} is answered`);
    state.answer = input;
  }
}

class Impatient extends Pipeline<object> {
  static readonly pipeline = { name: 'impatient' };
  @Step({ to: 'after' }) ask() {
    return suspend<string>('quick!', { expiresIn: 1500 });
  }
  @Step() after() {}
}

let postgres: PostgresServer;
let databaseUrl: string;
let client: EngineClient;
let worker: Worker;
let pool: Pool;

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = await postgres.createTables();
  worker = await startWorker({ databaseUrl, pipelines: [new Approval(), new Impatient()] });
  client = await connect({ databaseUrl });
  pool = new Pool({ connectionString: databaseUrl, max: 1 });
});

afterAll(async () => {
  await client.close();
  await worker.close();
  await pool.end();
  await postgres.stop();
});

async function suspended(id: string): Promise<void> {
  const { status } = await (await client.start(Approval, {}, { id })).result;
  expect(status).toBe('suspended');
}

describe('cancelling a run that waits for an answer', () => {
  it('ends it, with what it had come to', async () => {
    await suspended('one');
    const { result: before } = await client.attach('one');
    const { state, outputs, text, usage } = await before;
    expect(await client.cancel('one', 'nobody asks any more')).toBe(true);
    expect(await client.get('one')).toMatchObject({ status: 'cancelled', asks: [], endedAt: expect.any(Number) });
    const result = await (await client.attach('one', { throwOnFailure: false })).result;
    expect(result).toMatchObject({
      status: 'cancelled',
      error: { code: 'RUN_CANCELLED' },
      state,
      outputs,
      text,
      usage,
    });
    expect(result.state).toEqual({ asked: true });
    expect(result.error!.cause).toMatchObject({ message: 'nobody asks any more' });
    expect(result.ledger).toEqual({
      before: { status: 'done', visits: ['done'] },
      ask: { status: 'cancelled', visits: ['cancelled'] },
      after: { status: 'not taken', visits: [], why: 'ended' },
    });
    expect(result).not.toHaveProperty('checkpoint');
    expect(result).not.toHaveProperty('asks');
    // Once is enough.
    expect(await client.cancel('one', 'once more')).toBe(false);
  });

  it('is told to whoever attaches to it, behind what was told before', async () => {
    await suspended('told');
    await client.cancel('told');
    const told: string[] = [];
    const run = await client.attach('told', { throwOnFailure: false });
    for await (const event of run)
      told.push(`${event.seq} ${event.type}${event.type === 'run-end' ? ` ${event.status}` : ''}`);
    // It stands where its readers look, and need not be asked for.
    const last = "SELECT FROM stepstream.events WHERE run_id = 'told' AND last_seq = $1";
    expect(await pool.query(last, [told.length])).toMatchObject({ rowCount: 1 });
    expect(told.slice(-2)).toEqual([expect.stringMatching(/ run-end suspended$/), `${told.length} run-end cancelled`]);
    expect(told.map((one) => Number.parseInt(one))).toEqual(told.map((_, place) => place + 1));
    const thrown = await client.attach('told', { after: told.length - 1 });
    await expect(thrown.result).rejects.toMatchObject({ name: 'AbortError', code: 'RUN_CANCELLED' });
  });

  it('runs no hook and no step: those of its segment have run', async () => {
    await suspended('hooks');
    expect(done.filter((one) => one.startsWith('hooks '))).toEqual(['hooks begins', 'hooks ends']);
    await client.cancel('hooks');
    await sleep(500);
    expect(done.filter((one) => one.startsWith('hooks '))).toEqual(['hooks begins', 'hooks ends']);
  });

  it('leaves nothing for an answer that comes later', async () => {
    await suspended('late');
    await client.cancel('late');
    await expect(client.resume('late', { ask: 'yes' })).rejects.toMatchObject({
      code: 'INVALID_ANSWER',
      remedy: 'It has ended: cancelled.',
    });
    expect(await client.get('late')).toMatchObject({ status: 'cancelled' });
    expect(done).not.toContain('late is answered');
  });

  it('leaves nothing for the end of its time', async () => {
    await (
      await client.start(Impatient, {}, { id: 'timed' })
    ).result;
    expect(await client.cancel('timed')).toBe(true);
    const looked = (): Promise<object> =>
      pool.query("SELECT FROM dbos.workflow_status WHERE workflow_uuid = 'timed!' AND status = 'SUCCESS'");
    await expect.poll(looked, { timeout: 10_000 }).toMatchObject({ rowCount: 1 });
    expect(await client.get('timed')).toMatchObject({ status: 'cancelled' });
    const { rowCount } = await pool.query("SELECT FROM dbos.workflow_status WHERE workflow_uuid = 'timed#2'");
    expect(rowCount).toBe(0);
  });

  it(`races an answer: exactly one wins, ${RACES} times`, async () => {
    const winners = { cancel: 0, answer: 0 };
    for (let race = 0; race < RACES; race++) {
      const id = `race ${race}`;
      await suspended(id);
      const answer = async () => client.resume(id, { ask: 'yes' }, { throwOnFailure: false });
      const cancel = async () => client.cancel(id, 'first');
      const [first, second] = race % 2 === 0 ? [answer, cancel] : [cancel, answer];
      const outcomes = await Promise.allSettled([first(), second()]);
      const [resumed, cancelled] = race % 2 === 0 ? outcomes : [...outcomes].reverse();
      expect(cancelled).toMatchObject({ status: 'fulfilled' });
      if (resumed.status === 'rejected') {
        winners.cancel++;
        expect(resumed.reason).toMatchObject({ code: 'INVALID_ANSWER' });
        expect(cancelled).toMatchObject({ value: true });
        expect(await client.get(id)).toMatchObject({ status: 'cancelled' });
        expect((await pool.query('SELECT FROM stepstream.answers WHERE run_id = $1', [id])).rowCount).toBe(0);
        expect(done).not.toContain(`${id} is answered`);
      } else {
        winners.answer++;
        // What is cancelled is the segment that has begun with it, if that has not ended.
        const { status } = await (resumed.value as Run).result;
        expect(['cancelled', 'success']).toContain(status);
        expect(await client.get(id)).toMatchObject({ status });
        if (status === 'success') expect(done).toContain(`${id} is answered`);
        else expect(cancelled).toMatchObject({ value: true });
      }
    }
    expect(winners.cancel + winners.answer).toBe(RACES);
    expect(winners.cancel).toBeGreaterThan(0);
    expect(winners.answer).toBeGreaterThan(0);
  });

  it('is not lost if the run is about to suspend', async () => {
    for (let race = 0; race < 20; race++) {
      const run = await client.start(Approval, { ms: 40 }, { id: `about ${race}`, throwOnFailure: false });
      await sleep(race * 8);
      expect(await client.cancel(run.id, 'in time')).toBe(true);
      expect(['cancelled', 'suspended']).toContain((await run.result).status);
      expect(await client.get(run.id)).toMatchObject({ status: 'cancelled' });
      const end = await (await client.attach(run.id, { throwOnFailure: false })).result;
      expect(end).toMatchObject({ status: 'cancelled', error: { cause: { message: 'in time' } } });
    }
  });

  it('needs no worker', async () => {
    await suspended('lone');
    await worker.close();
    expect(await client.cancel('lone')).toBe(true);
    expect(await (await client.attach('lone', { throwOnFailure: false })).result).toMatchObject({
      status: 'cancelled',
    });
    worker = await startWorker({ databaseUrl, pipelines: [new Approval(), new Impatient()] });
  });

  it('is not what ending the handle of its segment does', async () => {
    const run = await client.start(Approval, {}, { id: 'handle' });
    await run.result;
    await run.cancel();
    expect(await client.get('handle')).toMatchObject({ status: 'suspended' });
    expect(await (await client.resume('handle', { ask: 'yes' })).result).toMatchObject({ state: { answer: 'yes' } });
  });
});
