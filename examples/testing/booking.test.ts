import { expect, test } from 'vitest';
import { explore, standIn, testRun, virtualClock } from 'stepstream/testing';
import 'stepstream/testing/vitest';
import { Booking, type Hotels } from './booking.js';

const hotels = (price: number): Hotels => ({ cheapest: async () => price });

test('a hotel within the budget is booked at once', async () => {
  const run = await testRun(new Booking(hotels(80)), { city: 'Lisbon', budget: 100 });
  expect(run).toHaveSucceeded();
  expect(run).toHaveTaken(['search', 'agree', 'confirm']);
  expect(run).toHaveTokens(['Booked: ', 'Lisbon for 80 euros.']);
});

// The answer goes through JSON and a new segment, as it would in production.
test.each([
  [true, 'Booked: Lisbon for 180 euros.'],
  [false, 'Not booked: Lisbon for 180 euros.'],
])('a dear hotel is asked about; the answer is %s', async (agree, text) => {
  const run = await testRun(new Booking(hotels(180)), { city: 'Lisbon', budget: 100 }, { answers: { agree } });
  expect(run).toHaveText(text);
});

// Three minutes of delays pass at once.
test('a search that fails is tried again after one minute, and after two', async () => {
  const clock = virtualClock();
  const booking = new Booking(hotels(80));
  using mocks = standIn(booking, {
    steps: {
      search: async ({ attempt }) => {
        if (attempt < 3) throw new Error('the line is busy');
        return 80;
      },
    },
  });
  const running = testRun(booking, { city: 'Lisbon', budget: 100 }, { clock });
  await clock.advance(60_000);
  expect(mocks.calls.search).toHaveLength(2);
  await clock.advance(120_000);
  expect(await running).toHaveSucceeded();
  expect(mocks.calls.search.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test('hotels that never answer are given up', async () => {
  const clock = virtualClock();
  const silent: Hotels = { cheapest: (_city, signal) => clock.sleep(3_600_000, signal).then(() => 0) };
  const running = testRun(new Booking(silent), { city: 'Lisbon', budget: 100 }, { clock });
  await clock.runAll();
  expect(await running).toHaveFailedWith('STEP_TIMEOUT');
  expect(await running).toHaveLedger({ search: 'failed', agree: 'not taken' });
});

// Twenty times, each with another order in which parallel things end.
test('runs of one instance don’t mix, in whichever order they end', async () => {
  await explore({ runs: 20 }, async (seeded) => {
    const booking = new Booking({ cheapest: async (city) => city.length });
    const cities = ['Rome', 'Lisbon', 'Reykjavik'];
    const runs = await Promise.all(cities.map((city) => seeded.run(booking, { city, budget: 100 })));
    expect(runs.map(({ text }) => text)).toEqual(cities.map((city) => `Booked: ${city} for ${city.length} euros.`));
  });
});

test('its graph is this one', () => {
  expect(Booking).toHaveGraph(['search --> agree', 'agree --> confirm']);
});
