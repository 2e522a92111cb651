import { ServiceDesk } from './service-desk.js';

const letters = [
  { text: 'I want a refund.', amount: 80 },
  { text: 'Can I return this boat?', amount: 9_000 },
  { text: 'A complaint: the soup was cold!', amount: 0 },
  { text: 'Buy my spam', amount: 0 },
  { text: 'When do you open?', amount: 0 },
];

const desk = new ServiceDesk();
for (const letter of letters) {
  const run = desk.run(letter);
  const path: string[] = [];
  run.on('step-end', ({ step }) => path.push(step));
  const { outputs, text } = await run.result;
  console.log(letter.text);
  console.log(`  ${path.join(' → ')}, as ${outputs.classify}`);
  console.log(`  ${text || '(no reply)'}`);
}
