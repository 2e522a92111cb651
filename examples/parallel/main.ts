import { HelpDesk } from './help-desk.js';

const desk = new HelpDesk();
desk.on('step-start', ({ step }) => console.log(`→ ${step}`));
desk.on('join', ({ step, arrived }) => console.log(`  ${step} gets ${arrived.join(', ')}`));

for (const online of [true, false]) {
  console.log(online ? '--- online' : '--- offline');
  const run = desk.run({ question: 'Why does my printer print stripes?', online });
  for await (const token of run.tokens('answer')) process.stdout.write(token);
  console.log();
}
