import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Chatbot } from '../../examples/chatbot/chatbot.js';
import { ANSWER, startModelServer, type ModelServer } from '../openai/model-server.js';

const MOCK_ANSWER = 'Thinking... Life is complexity.';

let server: ModelServer;
let log: string[];
let errors: string[];
beforeEach(async () => {
  server = await startModelServer();
  log = [];
  errors = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void log.push(line));
  vi.spyOn(console, 'error').mockImplementation((line: string) => void errors.push(line));
  vi.stubEnv('OPENAI_API_KEY', 'test');
  vi.stubEnv('OPENAI_BASE_URL', server.baseURL);
  vi.stubEnv('OPENAI_MODEL', '');
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
});

const ask = (prompt: string, bot = new Chatbot()) => bot.run({ prompt, response: '' });

describe('the chatbot, with the real client over HTTP', () => {
  test('streams the answer, keeps it, and knows what it has used', async () => {
    const run = ask('answer');
    const tokens: string[] = [];
    for await (const token of run.tokens('respond')) tokens.push(token);
    expect(tokens.join('')).toBe(ANSWER);
    expect(tokens).toHaveLength(Math.ceil(ANSWER.length / 5));
    expect(await run.result).toMatchObject({
      status: 'success',
      text: ANSWER,
      state: { prompt: 'answer', response: ANSWER },
      outputs: { respond: ANSWER },
      usage: { input: 11, output: 7, models: { 'gpt-4o-mini': { input: 11, output: 7 } } },
    });
    expect(log).toEqual(['User asking: answer', 'Generating response...']);
    expect(errors).toEqual([]);
  });

  test('asks the model of OPENAI_MODEL', async () => {
    vi.stubEnv('OPENAI_MODEL', 'another');
    await ask('answer').result;
    expect(server.requests.getLast()?.body).toMatchObject({
      model: 'another',
      messages: [{ role: 'user', content: 'answer' }],
    });
  });

  test('stops the request when the loop is left in the middle, before the next statement', async () => {
    const bot = new Chatbot();
    const ended: string[] = [];
    bot.on('hook-end', (event) => ended.push(event.hook));
    const run = ask('slowly', bot);
    for await (const token of run.tokens()) {
      expect(token).toBe('Forty');
      break;
    }
    expect(ended).toEqual(['setup', 'cleanup']);
    await server.disconnected;
    const { status, state, text } = await run.result;
    expect({ status, response: state.response }).toEqual({ status: 'cancelled', response: '' });
    expect(ANSWER.startsWith(text) && text.length >= 5 && text !== ANSWER).toBe(true);
    expect(log.filter((line) => line.startsWith('OpenAI API Error'))).toEqual([]);
  });

  test('lets the mock answer as the same step when the API says 500', async () => {
    const run = ask('fail');
    const seen: string[] = [];
    for await (const event of run) {
      if (event.type === 'token') expect(event.step).toBe('respond');
      if (event.type === 'token' || event.type === 'token-reset' || event.type === 'step-error') seen.push(event.type);
    }
    // Nothing had been said, so nothing is taken back.
    expect(seen[0]).toBe('step-error');
    expect(new Set(seen.slice(1))).toEqual(new Set(['token']));
    expect(await run.result).toMatchObject({
      status: 'success',
      text: MOCK_ANSWER,
      state: { response: MOCK_ANSWER },
      outputs: { respond: MOCK_ANSWER },
      ledger: { respond: { status: 'recovered' } },
    });
    expect(log.at(-1)).toBe('OpenAI API Error: 500 The model is down.');
    expect(errors).toEqual(['(The mock model answers: the API has failed.)']);
  });

  test.each([
    ['a stream that ends without a finish reason', 'answer', 'cutURL', /without a finish_reason/],
    ['a stream that breaks into an error', 'answer', 'brokenURL', /^OpenAI API Error: The model has crashed\.$/],
    ['a connection that drops', 'drop', 'baseURL', /^OpenAI API Error: terminated$/],
  ] as const)('takes half an answer back: %s', async (_what, prompt, url, message) => {
    vi.stubEnv('OPENAI_BASE_URL', server[url]);
    const run = ask(prompt);
    const shown: string[] = [];
    const resets: string[] = [];
    for await (const event of run) {
      if (event.type === 'token') shown.push(event.value);
      if (event.type !== 'token-reset') continue;
      expect(event).toMatchObject({ step: 'respond', why: 'handler' });
      resets.push(shown.splice(0).join(''));
    }
    expect(resets).toHaveLength(1);
    expect(resets[0].length).toBeGreaterThan(0);
    expect(ANSWER.startsWith(resets[0])).toBe(true);
    expect(shown.join('')).toBe(MOCK_ANSWER);
    const { text, state } = await run.result;
    expect({ text, response: state.response }).toEqual({ text: MOCK_ANSWER, response: MOCK_ANSWER });
    expect(log.at(-1)).toMatch(message);
  });

  test('answers many at once, each its own', async () => {
    const bot = new Chatbot();
    const results = await Promise.all(['answer', 'fail', 'answer', 'slowly'].map((prompt) => ask(prompt, bot).result));
    expect(results.map(({ state }) => state.response)).toEqual([ANSWER, MOCK_ANSWER, ANSWER, ANSWER]);
  });
});

describe('the chatbot without a key', () => {
  test('says on stderr that it is a mock, and answers', async () => {
    vi.stubEnv('OPENAI_API_KEY', '');
    const { text, usage } = await ask('anything').result;
    expect(text).toBe(MOCK_ANSWER);
    expect(usage.models).toEqual({ mock: { input: 1, output: 9 } });
    expect(errors).toEqual(['(The mock model answers: OPENAI_API_KEY is not set.)']);
    expect(server.requests.getAll()).toEqual([]);
  });
});
