import { mock } from './mock.js';
import { TravelAgent } from './travel-agent.js';

const withKey = Boolean(process.env.OPENAI_API_KEY);
if (!withKey) console.error('(The mock model answers: OPENAI_API_KEY is not set.)');
// Loaded here, so that the example runs without the package.
const model = withKey ? (await import('./openai.js')).openaiModel() : mock;

const content =
  process.argv.slice(2).join(' ') || 'I am in Porto. Where should I spend tomorrow, here, in Lisbon or in Atlantis?';
console.log(`You: ${content}`);

const run = new TravelAgent(model).run({ messages: [{ role: 'user', content }] });
process.once('SIGINT', () => void run.cancel());

for await (const event of run) {
  if (event.type === 'step-start' && event.step === 'think') process.stdout.write(`Agent (visit ${event.visit}): `);
  if (event.type === 'token') process.stdout.write(event.value);
  if (event.type !== 'step-end') continue;
  if (event.step === 'think') {
    console.log();
    for (const { name, args } of event.output) console.log(`  wants ${name}(${Object.values(args).join(', ')})`);
  }
  if (event.step === 'useTool' && event.index !== undefined) console.log(`  tool ${event.index}: ${event.output}`);
}

const { status, state, ledger } = await run.result;
console.log(`${status}: ${ledger.think.visits.length} thoughts, ${state.messages.length} messages`);
