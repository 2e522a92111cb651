import { BudgetExceededError } from 'stepstream';
import { SupportBot } from './support-bot.js';

const bot = new SupportBot();
bot.on('custom', ({ step, name }) => console.log(`(${step} is ${name})`));

const letters = [['the tea'], ['the old boat'], ['the tea', 'the cup', 'the pot', 'the kettle', 'the spoon']];
for (const questions of letters) {
  // A run that fails resolves too: what it has said until then is in the result.
  const { status, text, usage, error } = await bot.run({ questions }, { throwOnFailure: false }).result;
  console.log(text.trim());
  console.log(`  ${status}, ${usage.input + usage.output} model tokens`);
  if (error instanceof BudgetExceededError) console.log(`  ${error.message}`);
}
