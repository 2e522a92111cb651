import { Digest } from './digest.js';

const articles = [
  { title: 'Harbour', text: 'the new bridge opens on Monday after nine years of work' },
  { title: 'Weather', text: 'rain again' },
  { title: 'Markets', text: 'the price of tea has doubled since the storm' },
  { title: 'Sports', text: 'our rowers have won the cup for the third time' },
];

const run = new Digest().run({ articles, wordsRead: 0 });

// Several items stream at once: `index` says whose token it is, as a page with one box for each would need it.
const boxes = articles.map(() => '');
for await (const event of run) {
  if (event.type === 'token') boxes[event.index!] += event.value;
  if (event.type === 'step-error') console.log(`left out: ${event.error.message}`);
}
console.log(boxes.filter(Boolean).join('\n'));

const { outputs, state, ledger } = await run.result;
console.log(`Digest: ${outputs.compile}`);
console.log(`${state.wordsRead} words were read;`, ledger.summarise.items);
