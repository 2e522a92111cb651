import { writeFileSync } from 'node:fs';
import {
  ForEach,
  Pipeline,
  Step,
  Streaming,
  suspend,
  type Checkpoint,
  type Ctx,
  type Each,
  type Join,
} from 'stepstream';
import { describe, expect, it } from 'vitest';
import { DRIVERS, SqliteFolder } from '../storage/sqlite-folder.js';
import { Approval } from '../support/racing/approval.js';
import { startRace } from '../support/racing/start-race.js';
import { eventsOf } from '../support/events-of.js';
import { reread, suspendedOf } from '../support/suspended-of.js';

interface Trip {
  log: string[];
}

/** Three questions at once: two of steps, one of an item; and a branch that asks nobody. */
class Booking extends Pipeline<Trip> {
  static readonly pipeline = { name: 'booking', merge: { log: 'append' } } as const;
  /** Every body that was called, over all runs of this instance. */
  readonly called: string[] = [];

  @Streaming({ to: ['flight', 'hotel', 'rooms', 'weather'] })
  async *plan({ state }: Ctx<this>) {
    this.called.push('plan');
    state.log.push('plan');
    yield 'Let me see. ';
    return ['single', 'double'];
  }
  @Step({ to: 'book' })
  flight({ state }: Ctx<this, string[]>) {
    this.called.push('flight');
    state.log.push('flight');
    try {
      return suspend<string>('Which flight?');
    } catch {
      return 'it was an exception';
    } finally {
      this.called.push('flight is over');
    }
  }
  @Step({ to: 'book' })
  hotel() {
    this.called.push('hotel');
    return suspend<string>('Which hotel?');
  }
  @ForEach({ to: 'book' })
  rooms({ item, state }: Each<this, string>) {
    this.called.push(item);
    state.log.push(item);
    return item === 'single' ? item : suspend<string>('A double room?');
  }
  @Step({ to: 'book' })
  weather() {
    this.called.push('weather');
    return 'sunny';
  }
  @Streaming()
  async *book({ inputs, state }: Join<this, { flight: string; hotel: string; rooms: string[]; weather: string }>) {
    this.called.push('book');
    state.log.push('book');
    yield `${inputs.flight}, ${inputs.hotel}, ${inputs.rooms.join(' and ')}, ${inputs.weather}`;
  }
}

const ANSWERS = { flight: 'LH 4', hotel: 'Ritz', 'rooms[1]': 'yes' };
type Key = keyof typeof ANSWERS;
const KEYS = Object.keys(ANSWERS) as Key[];
const BEFORE = ['plan', 'flight', 'flight is over', 'hotel', 'single', 'double', 'weather'];

/** Every order, and every way to answer some of them together. */
const ORDERS: readonly (readonly (readonly Key[])[])[] = [
  ...orders(KEYS).map((keys) => keys.map((key) => [key])),
  ...orders(KEYS).flatMap(([a, b, c]) => [[[a, b], [c]] as const, [[a], [b, c]] as const]),
  [['rooms[1]', 'hotel', 'flight']],
];

function orders<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first) => orders(list.filter((other) => other !== first)).map((rest) => [first, ...rest]));
}

const suspended = async (bot = new Booking()): Promise<Checkpoint> =>
  reread((await suspendedOf(bot.run({ log: [] }))).checkpoint);

const pickAnswers = (keys: readonly Key[]): Partial<typeof ANSWERS> =>
  Object.fromEntries(keys.map((key) => [key, ANSWERS[key]]));

describe('promise 11: suspend is a place, not an exception', () => {
  it('other branches go on, and then the run resolves as suspended, with what it asks', async () => {
    const bot = new Booking();
    const result = await suspendedOf(bot.run({ log: [] }));
    expect(bot.called.toSorted()).toEqual(BEFORE.toSorted());
    expect(result.outputs).toMatchObject({ weather: 'sunny' });
    expect(result.asks.map(({ key, ask }) => [key, ask])).toEqual([
      ['flight', 'Which flight?'],
      ['hotel', 'Which hotel?'],
      ['rooms[1]', 'A double room?'],
    ]);
    expect(result.ledger).toMatchObject({
      flight: { status: 'suspended' },
      rooms: { status: 'suspended', items: { done: 1, suspended: 1 } },
      book: { status: 'not taken' },
    });
  });

  it.each(ORDERS.map((order) => [order.map((keys) => keys.join(' + ')).join(', '), order] as const))(
    'the answers become outputs, in the order %s, and nothing before them runs again',
    async (_, order) => {
      let checkpoint = await suspended();
      let seq = checkpoint.seq;
      const bot = new Booking();
      for (const [place, keys] of order.entries()) {
        const run = bot.resume(checkpoint, pickAnswers(keys), { buffer: 1_000 });
        const events = await eventsOf(run);
        const result = await run.result;
        expect(events.map((event) => event.seq)).toEqual(events.map((__, i) => seq + 1 + i));
        expect(events[0]).toMatchObject({ type: 'run-start', segment: place + 2, runId: checkpoint.runId });
        expect(events.filter(({ type }) => type === 'run-end')).toEqual([events.at(-1)]);
        seq += events.length;
        if (result.status === 'suspended') {
          expect(bot.called).toEqual([]);
          checkpoint = reread(result.checkpoint);
          continue;
        }
        expect(place).toBe(order.length - 1);
        expect(result.status).toBe('success');
        expect(result.outputs).toMatchObject({ flight: 'LH 4', hotel: 'Ritz', rooms: ['single', 'yes'] });
        expect(result.text).toBe('Let me see. LH 4, Ritz, single and yes, sunny');
        expect(result.state.log.toSorted()).toEqual(['book', 'double', 'flight', 'plan', 'single']);
      }
      expect(bot.called).toEqual(['book']);
    },
  );

  it('each answer is taken once: what was answered waits no more', async () => {
    const first = await suspended();
    const second = reread((await suspendedOf(new Booking().resume(first, { flight: 'LH 4' }))).checkpoint);
    expect(() => new Booking().resume(second, { flight: 'BA 1' })).toThrow('"flight"');
    // The checkpoint is a value: whoever still has the first one can go another way, unless a store keeps the claims.
    const other = await suspendedOf(new Booking().resume(first, { flight: 'BA 1' }));
    expect(other.outputs.flight).toBe('BA 1');
  });

  it('the run goes on in another process, from nothing but the checkpoint', { timeout: 60_000 }, async () => {
    await using folder = new SqliteFolder(DRIVERS[0]);
    const { checkpoint } = await suspendedOf(new Approval().run({}, { store: folder.open() }));
    writeFileSync(`${folder.path}.json`, JSON.stringify(checkpoint));
    const finishes = await startRace(folder.path, DRIVERS[0], 1, 1);
    expect(finishes).toEqual([{ by: '0.0', status: 'success', said: 'approved by 0.0' }]);
  });
});
