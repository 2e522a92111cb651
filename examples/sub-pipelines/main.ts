import { Newsroom } from './newsroom.js';

const run = new Newsroom().run({ topic: 'Whales', headline: '' });

// One stream has the events of all pipelines; `path` says where in the tree a step is, `index` which item it works on.
for await (const event of run) {
  if (event.type !== 'step-end' && event.type !== 'token') continue;
  const item = event.index === undefined ? '' : `[${event.index}]`;
  const key = [...event.path, event.step].join('/') + item;
  console.log(event.type === 'token' ? `${key}: "${event.value}"` : `${key} has ended`);
}

const { outputs, texts } = await run.result;
console.log(outputs.research);
console.log(texts);
