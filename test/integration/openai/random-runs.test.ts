import fc from 'fast-check';
import OpenAI from 'openai';
import { RunRegistry } from 'stepstream/http';
import { createOpenAIServer, model } from 'stepstream/openai';
import { describe, expect, it } from 'vitest';
import { createBot, sections, type Section } from '../ai-sdk/random-bot.js';
import { listen } from './serve-models.js';

const ROUNDS = { seed: 20261122, numRuns: 40 };
const HELLO = [{ role: 'user' as const, content: 'hello' }];

/** Asks a random pipeline over a real socket, and has the result of the very run that has answered. */
async function ask(all: readonly Section[], hold: boolean, stream: boolean) {
  const runs = new RunRegistry();
  const bot = model(createBot(all), { state: () => ({}), hold });
  const server = createOpenAIServer({ models: { bot }, runs });
  await using listening = await listen((req, res) => void server.listener(req, res));
  const client = new OpenAI({ baseURL: `${listening.url}v1`, apiKey: 'any', maxRetries: 0 });
  const body = { model: 'bot', messages: HELLO };
  let text = '';
  let error: unknown;
  let id: string | null | undefined;
  if (stream) {
    const { data, request_id } = await client.chat.completions.create({ ...body, stream: true }).withResponse();
    id = request_id;
    try {
      for await (const { choices } of data) text += choices[0].delta.content ?? '';
    } catch (thrown) {
      error = thrown;
    }
  } else {
    const completion = await client.chat.completions.create(body);
    [text, id] = [completion.choices[0].message.content!, completion._request_id];
  }
  const run = runs.find(id!)!;
  return { text, error, result: await run.result };
}

const sorted = (text: string): string => [...text].sort().join('');

describe('what an OpenAI client reads of a random run', () => {
  it('is the text of that run, where it is answered whole', async () => {
    await fc.assert(
      fc.asyncProperty(sections, async (all) => {
        const { text, result } = await ask(all, false, false);
        expect(text).toBe(result.text);
      }),
      ROUNDS,
    );
  });

  it('is its text, or an error where that was taken back, as it is streamed', async () => {
    let [whole, taken] = [0, 0];
    await fc.assert(
      fc.asyncProperty(sections, async (all) => {
        const { text, error, result } = await ask(all, false, true);
        if (error === undefined) {
          whole++;
          expect([text, result.status]).toEqual([result.text, 'success']);
        } else {
          taken++;
          expect(error).toMatchObject({ code: 'answer_taken_back' });
          expect(result.status).toBe('cancelled');
        }
      }),
      ROUNDS,
    );
    expect(Math.min(whole, taken)).toBeGreaterThan(5);
  });

  it('is all of its text where that is held, each step at its end', async () => {
    await fc.assert(
      fc.asyncProperty(sections, async (all) => {
        const { text, error, result } = await ask(all, true, true);
        expect(error).toBeUndefined();
        expect(sorted(text)).toBe(sorted(result.text));
      }),
      ROUNDS,
    );
  });
});
