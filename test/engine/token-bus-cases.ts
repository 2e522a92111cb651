import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RunTakenError } from '../../src/errors/run-taken-error.js';
import type { BusReader, BusWriter, TokenBus } from '../../src/ports/token-bus.js';
import { gate } from '../support/gate.js';
import { sleep } from '../support/sleep.js';
import { tokenAt, tokensOf } from './bus-event.js';
import { RecordingReader } from './recording-reader.js';

/** Two ends of one bus, as two processes have them. */
export interface BusEnds {
  readonly one: TokenBus;
  readonly other: TokenBus;
  /** Loses all that is stored, as a crash of the database does. */
  lose?(): Promise<void>;
  close(): Promise<void>;
}

/** Opens both ends anew; `owns` says whether who takes a run may have it. */
export type OpenBus = (owns?: (runId: string) => Promise<boolean>) => Promise<BusEnds>;

let runs = 0;
/** Cases share a database, but no run. */
const freshId = (): string => `run-${++runs}-${Math.random().toString(36).slice(2)}`;

const pushAll = (writer: BusWriter, runId: string, from: number, to: number): void =>
  tokensOf(runId, from, to).forEach((event) => writer.push(event));

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** What every bus does. */
export function describeTokenBus(name: string, open: OpenBus): void {
  async function start(owns?: (runId: string) => Promise<boolean>) {
    const ends = await open(owns);
    onTestFinished(() => ends.close());
    return { ...ends, runId: freshId() };
  }
  function follow(bus: TokenBus, runId: string, after = 0, reader = new RecordingReader()) {
    const reading = bus.read(runId, after, reader);
    onTestFinished(() => reading.close());
    return reader;
  }

  describe(`${name}: reading`, () => {
    it('gives a reader elsewhere every event once and in order', async () => {
      const { one, other, runId } = await start();
      const reader = follow(other, runId);
      const writer = await one.take(runId);
      for (let seq = 1; seq <= 300; seq++) {
        writer.push(tokenAt(runId, seq));
        if (seq % 10 === 0) await sleep(1);
      }
      await reader.until(300);
      expect(reader.events).toEqual(tokensOf(runId, 1, 300));
    });

    it('gives who comes late what is stored, and then what comes', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      pushAll(writer, runId, 1, 2500);
      await writer.flush();
      const reader = follow(other, runId);
      pushAll(writer, runId, 2501, 2600);
      await reader.until(2600);
      pushAll(writer, runId, 2601, 2700);
      await reader.until(2700);
      expect(reader.events).toEqual(tokensOf(runId, 1, 2700));
    });

    it('begins behind the event that was read last, wherever that was stored', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      pushAll(writer, runId, 1, 10);
      await writer.flush();
      pushAll(writer, runId, 11, 20);
      await writer.flush();
      const readers = [0, 4, 9, 10, 11, 19].map((after) => ({ after, reader: follow(other, runId, after) }));
      const ahead = follow(other, runId, 25);
      await Promise.all(readers.map(({ reader }) => reader.until(20)));
      pushAll(writer, runId, 21, 30);
      await Promise.all(readers.map(({ reader }) => reader.until(30)));
      for (const { after, reader } of readers) expect(reader.seqs).toEqual(range(after + 1, 30));
      await ahead.until(30);
      expect(ahead.seqs).toEqual(range(26, 30));
    });

    it('gives nothing to a reader that is not ready, and all of it when it is', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      const ready = gate();
      let given = 0;
      const slow: RecordingReader = new RecordingReader(
        () => (++given, slow.seqs.length >= 20 ? ready.promise : Promise.resolve()),
      );
      follow(other, runId, 0, slow);
      const quick = follow(other, runId);
      pushAll(writer, runId, 1, 20);
      await slow.until(20);
      const givenFirst = given;
      for (let seq = 21; seq <= 400; seq++) {
        writer.push(tokenAt(runId, seq));
        if (seq % 20 === 0) await writer.flush();
      }
      await quick.until(400);
      await sleep(50);
      expect({ given, seqs: slow.seqs }).toEqual({ given: givenFirst, seqs: range(1, 20) });
      ready.open();
      await slow.until(400);
      expect(slow.events).toEqual(tokensOf(runId, 1, 400));
      expect(quick.events).toEqual(tokensOf(runId, 1, 400));
    });

    it('gives nothing to a reader that was closed, not even what was on its way', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      const reader = new RecordingReader();
      const reading = other.read(runId, 0, reader);
      pushAll(writer, runId, 1, 3);
      await reader.until(3);
      const stays = follow(other, runId);
      pushAll(writer, runId, 4, 6);
      reading.close();
      reading.close();
      await stays.until(6);
      expect(reader.seqs).toEqual([1, 2, 3]);
    });

    it('lets a reader close itself within what it takes', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      const seen: number[] = [];
      const once: BusReader = { take: (events) => (seen.push(...events.map(({ seq }) => seq)), reading.close()) };
      const reading = other.read(runId, 0, once);
      const stays = follow(other, runId);
      writer.push(tokenAt(runId, 1));
      await vi.waitUntil(() => seen.length > 0);
      for (let seq = 2; seq <= 5; seq++) writer.push(tokenAt(runId, seq));
      await writer.flush();
      await stays.until(5);
      expect(seen).toEqual([1]);
    });

    it('keeps every text exactly: quotes, line ends, NUL, halves of pairs, and other scripts', async () => {
      const { one, other, runId } = await start();
      const texts = [
        '"',
        "'",
        '\\',
        '\\"',
        '\n\r\t',
        '\u0000',
        'a\u0000b',
        '\ud83d',
        '\ude00',
        '😀',
        '日本語',
        '\u2028',
        '{}',
        ',',
        '',
        ' ',
      ];
      const values = [
        ...texts,
        texts.join(''),
        { deep: [texts, null, true, -0.5, 1e300] },
        null,
        [],
        'x'.repeat(9_000),
        '😀'.repeat(4_000),
      ];
      const writer = await one.take(runId);
      const reader = follow(other, runId);
      values.forEach((value, index) => writer.push(tokenAt(runId, index + 1, value)));
      await reader.until(values.length);
      const late = follow(other, runId);
      await late.until(values.length);
      for (const { events } of [reader, late])
        expect(events.map((event) => (event as { value?: unknown }).value)).toEqual(values);
    });

    it('carries large events, and many of them', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      const reader = follow(other, runId);
      const sizes = [10, 6_900, 7_100, 8_100, 100_000, 10, 3_000_000, 10];
      sizes.forEach((size, index) => writer.push(tokenAt(runId, index + 1, 'é'.repeat(size))));
      await reader.until(sizes.length);
      expect(reader.events.map((event) => (event as { value: string }).value.length)).toEqual(sizes);
    });

    it('tells an event as it was when it was pushed', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      const reader = follow(other, runId);
      const value = { said: 'yes' };
      writer.push(tokenAt(runId, 1, value));
      value.said = 'no';
      await reader.until(1);
      expect(reader.events).toEqual([tokenAt(runId, 1, { said: 'yes' })]);
    });

    it('keeps fifty runs apart that are written and read at once', async () => {
      const { one, other } = await start();
      const all = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const runId = freshId();
          return { runId, writer: await one.take(runId), reader: follow(other, runId) };
        }),
      );
      for (let seq = 1; seq <= 100; seq++) {
        for (const { runId, writer } of all) writer.push(tokenAt(runId, seq));
        if (seq % 4 === 0) await sleep(2);
      }
      await Promise.all(all.map(({ reader }) => reader.until(100, 25_000)));
      for (const { runId, reader } of all) expect(reader.events).toEqual(tokensOf(runId, 1, 100));
    });
  });

  describe(`${name}: writing`, () => {
    it('begins a run with nothing', async () => {
      const { one, runId } = await start();
      const { epoch, past, seq, lost, pending } = await one.take(runId);
      expect({ epoch, past, seq, lost, pending }).toEqual({ epoch: 1, past: [], seq: 0, lost: false, pending: 0 });
    });

    it('resolves a flush when everything is stored', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      pushAll(writer, runId, 1, 50);
      expect(writer.pending).toBe(50);
      await writer.flush();
      expect(writer.pending).toBe(0);
      await writer.flush();
      expect((await other.take(runId)).past).toEqual(tokensOf(runId, 1, 50));
    });

    it('goes on in a new epoch behind what was stored', async () => {
      const { one, other, runId } = await start();
      const first = await one.take(runId);
      const reader = follow(other, runId);
      pushAll(first, runId, 1, 40);
      await first.flush();
      const second = await other.take(runId);
      expect({ ...second, past: second.past.length }).toMatchObject({ epoch: 2, seq: 40, lost: false, past: 40 });
      pushAll(second, runId, 41, 60);
      await reader.until(60);
      expect(reader.seqs).toEqual(range(1, 60));
      expect((await one.take(runId)).epoch).toBe(3);
    });

    it('refuses what an older epoch still writes, and tells it once', async () => {
      const { one, other, runId } = await start();
      const old = await one.take(runId);
      const onTaken = vi.fn();
      old.onTaken = onTaken;
      pushAll(old, runId, 1, 5);
      await old.flush();
      const young = await other.take(runId);
      const reader = follow(one, runId);
      pushAll(old, runId, 6, 9);
      await expect(old.flush()).rejects.toThrow(RunTakenError);
      expect(onTaken).toHaveBeenCalledTimes(1);
      pushAll(young, runId, 6, 7);
      await young.flush();
      old.push(tokenAt(runId, 10));
      expect(old.pending).toBe(0);
      await expect(old.flush()).rejects.toMatchObject({ code: 'RUN_TAKEN', runId });
      await old.close();
      await reader.until(7);
      expect(reader.events).toEqual(tokensOf(runId, 1, 7));
      expect(onTaken).toHaveBeenCalledTimes(1);
      expect((await one.take(runId)).past).toEqual(tokensOf(runId, 1, 7));
    });

    it('does not give a run to who may not have it, and leaves it to who has it', async () => {
      let free = true;
      const { one, other, runId } = await start(() => Promise.resolve(free));
      const writer = await one.take(runId);
      free = false;
      await expect(other.take(runId)).rejects.toThrow(RunTakenError);
      pushAll(writer, runId, 1, 3);
      await writer.flush();
      free = true;
      expect(await other.take(runId)).toMatchObject({ epoch: 2, seq: 3 });
    });

    it('passes on why it could not be asked who may have a run, and leaves it as it was', async () => {
      const answers = [Promise.resolve(true), Promise.reject(new Error('nobody knows')), Promise.resolve(true)];
      answers[1].catch(() => undefined);
      const { one, other, runId } = await start(() => answers.shift()!);
      await one.take(runId);
      await expect(other.take(runId)).rejects.toThrow('nobody knows');
      expect((await other.take(runId)).epoch).toBe(2);
    });

    it('takes no event that does not follow the one before', async () => {
      const { one, runId } = await start();
      const writer = await one.take(runId);
      writer.push(tokenAt(runId, 1));
      for (const seq of [1, 3, 0]) expect(() => writer.push(tokenAt(runId, seq))).toThrow(RangeError);
      writer.push(tokenAt(runId, 2));
      await writer.flush();
      expect((await one.take(runId)).seq).toBe(2);
    });

    it('writes what was pushed when a writer is closed, and nothing afterwards', async () => {
      const { one, other, runId } = await start();
      const writer = await one.take(runId);
      pushAll(writer, runId, 1, 5);
      const closed = writer.close();
      writer.push(tokenAt(runId, 6));
      await closed;
      await writer.close();
      expect((await other.take(runId)).past).toEqual(tokensOf(runId, 1, 5));
    });
  });
}
