import { Translator } from './translator.js';

console.log('--- a lone run');
const translator = new Translator();
await translator.run({ words: ['Good', 'Morning'] }, { context: { name: 'Ada' } }).result;

console.log('--- a server: held open between its runs');
{
  // `open()` runs the startup hooks, and `await using` closes the instance when the block is left, however it is left.
  await using server = await new Translator().open();
  await server.run({ words: ['GOOD', 'EVENING'] }, { context: { name: 'Bo' } }).result;

  const failing = server.run({ words: ['good', 'grief'] }, { context: { name: 'Cy' } });
  await failing.result.catch((error: Error) => console.log(`  ${error.message}`));

  const left = server.run({ words: ['good', 'good', 'good'] }, { context: { name: 'Di' } });
  for await (const token of left.tokens()) {
    console.log(`  Di hears "${token.trim()}" and leaves`);
    break;
  }
  console.log('  and only after her run has ended comes this');
}
