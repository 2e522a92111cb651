import { testRun } from 'stepstream/testing';
import { Booking } from './booking.js';

// What the tests do, without a test runner: a run is collected whole, and its questions are answered on the way.
const { path, tokens, result } = await testRun(
  new Booking({ cheapest: async () => 180 }),
  { city: 'Lisbon', budget: 100 },
  { answers: ({ key, ask }) => (console.log(`${key} asks: ${String(ask)}`), true) },
);
console.log(path.join(' → '));
console.log(tokens);
console.log(result.status);
