import { Conversation, type Messages } from './conversation.js';

const chat = new Conversation();

/** Takes one turn, prints it, and gives the state in which the next one begins. */
async function takeTurn(before: Messages, question: string, stopAfter = Infinity): Promise<Messages> {
  console.log(`You: ${question}`);
  const run = chat.run({ messages: [...before.messages, { role: 'user', content: question }] });
  let tokens = 0;
  process.stdout.write('Bot: ');
  for await (const token of run.tokens('answer')) {
    process.stdout.write(token);
    tokens += 1;
    // The user has pressed Stop. Leaving the loop cancels the run; `run.cancel()` from a button does the same.
    if (tokens === stopAfter) break;
  }
  const { status, state, text } = await run.result;
  console.log(status === 'success' ? '' : ` … (stopped; said so far: '${text}')`);
  return state;
}

let state: Messages = { messages: [] };
state = await takeTurn(state, 'Hello!');
state = await takeTurn(state, 'Tell me a long story.', 5);
// The question is in the state, as the caller gave it; the half answer is not.
state = await takeTurn(state, 'Never mind. Are you still there?');

console.log('Kept:');
for (const { role, content } of state.messages) console.log(`  ${role}: ${content}`);
