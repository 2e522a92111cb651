import { mockModel, type ChatClient } from 'stepstream/openai';

/** A real model where there is a key, a mock where there is none, and what to tell the visitor of it. */
export async function createModel(): Promise<{ client: ChatClient; model: string; note: string }> {
  if (process.env.OPENAI_API_KEY) {
    // Loaded here, so that the example runs without the package. The client reads OPENAI_BASE_URL itself.
    const { OpenAI } = await import('openai');
    const model = process.env.OPENAI_MODEL || 'gpt-4o-mini';
    return { client: new OpenAI(), model, note: `Answers come from ${model}.` };
  }
  return { client: mock, model: 'mock', note: 'OPENAI_API_KEY is not set: a mock answers, by what it has looked up.' };
}

/** Not a model: it says what it was told, slowly enough that one can watch it. */
const mock = mockModel(
  ({ messages }) => {
    const known = messages[0].content.split('\n').slice(1);
    const question = messages.at(-1)!.content;
    const said = known.length > 0 ? known.join(' ') : 'I know nothing of that. Ask me about steps, Stop, or a reload.';
    return `You have asked: “${question}” ${said} (This was the mock, in its ${messages.length - 1}. message.)`;
  },
  { delay: 60 },
);
