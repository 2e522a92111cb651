import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toMermaid } from 'stepstream/mermaid';
import { Chatbot } from './chatbot.js';

const prompt = process.argv.slice(2).join(' ') || 'What is the meaning of life?';
/** On one line, whatever is in it. */
const quote = (token: string): string => `'${JSON.stringify(token).slice(1, -1).replaceAll('\\"', '"')}'`;

console.log('--- Streaming Chatbot ---');
const run = new Chatbot().run({ prompt, response: '' });
process.once('SIGINT', () => void run.cancel());

for await (const event of run) {
  if (event.type === 'token') console.log(`Received token: ${quote(event.value)}`);
  // Without this the half answer would stand before the whole one.
  if (event.type === 'token-reset') console.log('Tokens reset: forget what came so far.');
}

const { status, state, text } = await run.result;
if (status === 'success') {
  console.log(`Full Response: ${state.response}`);
} else {
  console.log(`Cancelled after: ${text}`);
  process.exitCode = 130;
}

const graph = fileURLToPath(new URL('chatbot.mmd', import.meta.url));
await writeFile(graph, toMermaid(Chatbot));
console.log(`Graph saved to ${relative(process.cwd(), graph)}`);
