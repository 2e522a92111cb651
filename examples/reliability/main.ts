import { Concierge } from './concierge.js';
import { showOnScreen } from './screen.js';
import { flakyRates, stallingWriter } from './services.js';

const concierge = new Concierge(flakyRates(), stallingWriter);

console.log('--- three nights');
const run = concierge.run({ nights: 3, answer: '' });
await showOnScreen(run);
const { status, state, ledger } = await run.result;
console.log(`${status}: ${state.answer} (price ${ledger.price.status}, answer ${ledger.answer.status})`);

console.log('--- no night');
// Without this the result would reject with a RunFailedError, and the loop would throw it.
const hopeless = concierge.run({ nights: 0, answer: '' }, { throwOnFailure: false });
await showOnScreen(hopeless);
const { status: failed, ledger: why } = await hopeless.result;
console.log(`${failed} (price ${why.price.status}, answer ${why.answer.status})`);
