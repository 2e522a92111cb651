import { LoanOffice } from './loan-office.js';

const run = new LoanOffice().run({ customer: 'Ada', amount: 20_000 });
run.on('join', ({ step, arrived }) => console.log(`${step} runs: ${arrived.join(' and ')} arrived`));
run.on('step-error', ({ step, error }) => console.log(`${step} has failed: ${error.message}`));

const { status, outputs, ledger, errors } = await run.result;
console.log(`${status}: the loan is ${outputs.decide} (${errors.length} failure survived)`);
for (const [step, { status }] of Object.entries(ledger)) console.log(`  ${step}: ${status}`);
