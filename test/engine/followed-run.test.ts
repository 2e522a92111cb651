import type { RunEvent } from 'stepstream';
import { describe, expect, it, vi } from 'vitest';
import { FollowedRun } from '../../src/engine/durable/followed-run.js';
import type { BusReader } from '../../src/ports/token-bus.js';
import { gate } from '../support/gate.js';
import { sleep } from '../support/sleep.js';
import { tokensOf } from './bus-event.js';

/** A reading of a list that a test writes. */
function follow(reader: BusReader, after = 0) {
  const stored: RunEvent[] = [];
  const load = vi.fn(async (seen: number): Promise<readonly RunEvent[]> => stored.filter(({ seq }) => seq > seen));
  const [onError, onClose] = [vi.fn(), vi.fn()];
  const reading = new FollowedRun({ after, reader, load, onError, onClose });
  return { stored, load, onError, onClose, reading };
}

/** What is thrown meanwhile where nobody but the process can catch it. */
async function thrownBy(work: () => void): Promise<unknown[]> {
  const thrown: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const watch = (error: unknown): void => void thrown.push(error);
  process.on('uncaughtException', watch);
  work();
  await sleep(5);
  process.off('uncaughtException', watch);
  for (const other of others) process.on('uncaughtException', other);
  return thrown;
}

describe('a reading of a run', () => {
  it('hands on at once what follows what was read, and loads nothing', () => {
    const take = vi.fn();
    const { reading, load } = follow({ take });
    reading.offer(1, 3, tokensOf('run', 1, 3));
    reading.offer(2, 4, tokensOf('run', 2, 4));
    reading.offer(1, 4, tokensOf('run', 1, 4));
    expect(take.mock.calls).toEqual([[tokensOf('run', 1, 3)], [tokensOf('run', 4, 4)]]);
    expect(load).not.toHaveBeenCalled();
    expect(reading.seen).toBe(4);
  });

  it('has caught up when it was given all that is stored: not while its reader is busy, nor when it can not be asked', async () => {
    const busy = gate();
    const { reading, stored, load, onError } = follow({ take: () => busy.promise });
    stored.push(...tokensOf('run', 1, 3));
    load.mockRejectedValueOnce(new Error('it is away'));
    const caughtUp = vi.fn();
    void reading.caughtUp().then(caughtUp);
    await sleep(5);
    expect(onError).toHaveBeenCalledOnce();
    expect([reading.seen, caughtUp.mock.calls.length]).toEqual([0, 0]);
    reading.look();
    await sleep(5);
    expect([reading.seen, caughtUp.mock.calls.length]).toEqual([3, 0]);
    busy.open();
    await sleep(5);
    expect(caughtUp).toHaveBeenCalledOnce();
  });

  it('has nothing to catch up with when it is closed', async () => {
    const { reading, load } = follow({ take: () => undefined });
    load.mockImplementation(() => new Promise(() => undefined));
    const before = reading.caughtUp();
    reading.close();
    await before;
    await reading.caughtUp();
  });

  it('loads what lies between, and what it is only told of', async () => {
    const seqs: number[] = [];
    const { reading, stored } = follow({ take: (events) => void seqs.push(...events.map(({ seq }) => seq)) });
    stored.push(...tokensOf('run', 1, 5));
    reading.offer(5, 5, tokensOf('run', 5, 5));
    await sleep(1);
    expect(seqs).toEqual([1, 2, 3, 4, 5]);
    stored.push(...tokensOf('run', 6, 7));
    reading.offer(6, 7, undefined);
    await sleep(1);
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7]);
    // What is lost is not waited for.
    stored.push(...tokensOf('run', 20, 21));
    reading.offer(20, 20, tokensOf('run', 20, 20));
    await sleep(1);
    expect(seqs.slice(7)).toEqual([20, 21]);
  });

  it('keeps nothing while its reader is not ready, and loads it then', async () => {
    const ready = gate();
    const given: number[][] = [];
    const { reading, stored, load } = follow({
      take: (events) => (given.push(events.map(({ seq }) => seq)), given.length === 1 ? ready.promise : undefined),
    });
    reading.offer(1, 1, tokensOf('run', 1, 1));
    for (let seq = 2; seq <= 9; seq++) reading.offer(seq, seq, tokensOf('run', seq, seq));
    await sleep(1);
    expect({ given, loads: load.mock.calls.length }).toEqual({ given: [[1]], loads: 0 });
    stored.push(...tokensOf('run', 1, 9));
    ready.open();
    await sleep(1);
    expect(given).toEqual([[1], [2, 3, 4, 5, 6, 7, 8, 9]]);
  });

  it('tells that it could not load, and loads when it is asked again', async () => {
    const take = vi.fn();
    const { reading, stored, load, onError } = follow({ take });
    stored.push(...tokensOf('run', 1, 2));
    const away = new Error('the database is away');
    load.mockRejectedValueOnce(away);
    reading.look();
    await sleep(1);
    expect(onError.mock.calls).toEqual([[away]]);
    expect(take).not.toHaveBeenCalled();
    reading.look();
    await sleep(1);
    expect(take.mock.calls).toEqual([[tokensOf('run', 1, 2)]]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no more');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no more'))],
  ])('gives nothing to a reader any more that %s, and does not keep that to itself', async (_, refuse) => {
    const take = vi.fn(refuse);
    const { reading, onClose, onError } = follow({ take });
    const thrown = await thrownBy(() => reading.offer(1, 1, tokensOf('run', 1, 1)));
    expect(thrown).toEqual([new Error('no more')]);
    reading.offer(2, 2, tokensOf('run', 2, 2));
    reading.look();
    await sleep(1);
    expect(take).toHaveBeenCalledTimes(1);
    expect(onClose).toHaveBeenCalledTimes(1);
    expect(onError).not.toHaveBeenCalled();
  });
});
