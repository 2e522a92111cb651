import { describe, expect, it, onTestFinished } from 'vitest';
import { sleep } from '../support/sleep.js';
import { tokenAt, tokensOf } from './bus-event.js';
import { RecordingReader } from './recording-reader.js';
import type { OpenBus } from './token-bus-cases.js';

/** What every bus does when what it had stored is gone. */
export function describeLosses(name: string, open: OpenBus): void {
  async function start() {
    const ends = await open();
    onTestFinished(() => ends.close());
    return { ...ends, runId: `lost-${Math.random().toString(36).slice(2)}`, lose: () => ends.lose!() };
  }

  describe(`${name}: losses`, () => {
    it('tells a writer that everything is lost, and writes what it says then', async () => {
      const { one, other, runId, lose } = await start();
      const writer = await one.take(runId);
      const said: string[] = [];
      writer.onLost = () => {
        said.push('lost');
        for (const seq of [6, 7]) writer.push(tokenAt(runId, seq, 'again'));
      };
      for (const event of tokensOf(runId, 1, 4)) writer.push(event);
      await writer.flush();
      await lose();
      writer.push(tokenAt(runId, 5));
      await writer.flush();
      expect(said).toEqual(['lost']);
      const reader = new RecordingReader();
      const reading = other.read(runId, 0, reader);
      await reader.until(7);
      reading.close();
      expect(reader.events).toEqual([tokenAt(runId, 6, 'again'), tokenAt(runId, 7, 'again')]);
    });

    it('shows a reader a gap where something is lost, and goes on', async () => {
      const { one, other, runId, lose } = await start();
      const writer = await one.take(runId);
      writer.onLost = () => writer.push(tokenAt(runId, 9, 'again'));
      const reader = new RecordingReader();
      const reading = other.read(runId, 0, reader);
      onTestFinished(() => reading.close());
      for (const event of tokensOf(runId, 1, 4)) writer.push(event);
      await reader.until(4);
      await lose();
      for (const event of tokensOf(runId, 5, 8)) writer.push(event);
      await writer.flush();
      writer.push(tokenAt(runId, 10));
      await reader.until(10);
      expect(reader.events).toEqual([...tokensOf(runId, 1, 4), tokenAt(runId, 9, 'again'), tokenAt(runId, 10)]);
    });

    it('gives the next epoch a seq that nobody has had, and says that something is lost', async () => {
      const { one, other, runId, lose } = await start();
      const reader = new RecordingReader();
      const reading = other.read(runId, 0, reader);
      onTestFinished(() => reading.close());
      const old = await one.take(runId);
      for (const event of tokensOf(runId, 1, 4)) old.push(event);
      await reader.until(4);
      await lose();
      const young = await other.take(runId);
      expect(young).toMatchObject({ epoch: 2, past: [], lost: true, pending: 0 });
      expect(young.seq).toBeGreaterThanOrEqual(4);
      young.push(tokenAt(runId, young.seq + 1));
      await young.flush();
      await reader.until(young.seq + 1);
      expect(reader.seqs).toEqual([1, 2, 3, 4, young.seq + 1]);
      // An epoch after it still can't know what the first one had said.
      const third = await one.take(runId);
      expect(third).toMatchObject({ epoch: 3, lost: true, seq: young.seq + 1 });
      expect(third.past).toEqual([tokenAt(runId, young.seq + 1)]);
    });

    it('deletes the runs that nobody has written for long, and only those', async () => {
      const { one, other, runId } = await start();
      const [old, young] = [await one.take(runId), await one.take(`${runId}-young`)];
      for (const event of tokensOf(runId, 1, 4)) old.push(event);
      await old.flush();
      await old.close();
      young.push(tokenAt(`${runId}-young`, 1));
      await young.flush();
      await sleep(500);
      young.push(tokenAt(`${runId}-young`, 2));
      await young.flush();
      expect(await other.prune(60_000)).toBe(0);
      expect(await other.prune(400)).toBeGreaterThanOrEqual(1);
      expect((await other.take(`${runId}-young`)).past).toHaveLength(2);
      const next = await other.take(runId);
      expect(next).toMatchObject({ epoch: 2, past: [], lost: true });
      expect(next.seq).toBeGreaterThanOrEqual(4);
    });

    it('tells a writer that was silent for so long that its events were deleted', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      writer.onLost = () => writer.push(tokenAt(runId, 4, 'again'));
      for (const event of tokensOf(runId, 1, 2)) writer.push(event);
      await writer.flush();
      await sleep(30);
      expect(await other.prune(1)).toBeGreaterThanOrEqual(1);
      writer.push(tokenAt(runId, 3));
      await writer.flush();
      expect((await other.take(runId)).past).toEqual([tokenAt(runId, 4, 'again')]);
    });
  });
}
