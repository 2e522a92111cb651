import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toMermaid } from 'stepstream/mermaid';
import { Chatbot } from '../../../examples/chatbot/chatbot.js';
import { ANSWER, startModelServer, type ModelServer } from '../../openai/model-server.js';
import { readmeBlock } from '../../examples/readme-block.js';
import { runExample } from '../../examples/run-example.js';

const NO_KEY = '(The mock model answers: OPENAI_API_KEY is not set.)\n';
const output = readmeBlock('chatbot', 'text');
const [, MOCK_TOKENS] = /^Generating response\.\.\.\n(.*?)^Full Response/ms.exec(output)!;

describe('examples/chatbot without a key', () => {
  test('prints what its README shows, and says on stderr that the mock speaks', async () => {
    const { stdout, stderr, code } = await runExample('chatbot');
    expect({ stdout, stderr, code }).toEqual({ stdout: output, stderr: NO_KEY, code: 0 });
  });

  test('asks the question that it is given', async () => {
    const { stdout } = await runExample('chatbot', { args: ['Why', 'me?'] });
    expect(stdout).toBe(output.replace('What is the meaning of life?', 'Why me?'));
  });

  test('draws the graph that its README shows, and saves it', async () => {
    expect(`${toMermaid(Chatbot).trimEnd()}\n`).toBe(readmeBlock('chatbot', 'mermaid'));
    await runExample('chatbot');
    const saved = readFileSync(new URL('../../../examples/chatbot/chatbot.mmd', import.meta.url), 'utf8');
    expect(saved).toBe(toMermaid(Chatbot));
  });

  test('is cancelled by Ctrl-C, and keeps what was said', async () => {
    const { stdout, code } = await runExample('chatbot', {
      onLine: (line, kill) => {
        if (line === "Received token: '...'") kill('SIGINT');
      },
    });
    const [, said] = /^Cancelled after: (.*)$/m.exec(stdout)!;
    expect('Thinking... Life is complexity.'.startsWith(said)).toBe(true);
    expect(said).not.toBe('Thinking... Life is complexity.');
    expect(stdout).not.toContain('Full Response');
    expect(code).toBe(130);
  });
});

describe('examples/chatbot with the real client', () => {
  let server: ModelServer;
  beforeEach(async () => {
    server = await startModelServer();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const ask = (question: string, url: string) =>
    runExample('chatbot', { args: [question], env: { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: url } });

  test('prints the model’s answer', async () => {
    const { stdout, stderr, code } = await ask('answer', server.baseURL);
    expect(stdout).toContain("Generating response...\nReceived token: 'Forty'\nReceived token: '-two,'\n");
    expect(stdout).toContain(`\nFull Response: ${ANSWER}\nGraph saved to examples/chatbot/chatbot.mmd\n`);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  test('reports an API that fails, and lets the mock answer', async () => {
    const { stdout, stderr, code } = await ask('fail', server.baseURL);
    expect(stdout).toBe(
      output
        .replace('What is the meaning of life?', 'fail')
        .replace('Generating response...\n', '$&OpenAI API Error: 500 The model is down.\n'),
    );
    expect({ stderr, code }).toEqual({ stderr: '(The mock model answers: the API has failed.)\n', code: 0 });
  });

  test('takes back the half answer of a stream that was cut', async () => {
    const { stdout, stderr, code } = await ask('answer', server.cutURL);
    expect(stdout).toContain("Received token: 'Forty'\nReceived token: '-two,'\n");
    // The handler speaks as the step's next words are being taken back: which is printed first doesn't matter.
    const lines = stdout
      .split('\n')
      .slice(5, 7)
      .map((line) => line.replace(/(Error: The stream of).*/, '$1 …'));
    expect(lines.sort()).toEqual(['OpenAI API Error: The stream of …', 'Tokens reset: forget what came so far.']);
    expect(stdout).toContain(`\n${MOCK_TOKENS}Full Response: Thinking... Life is complexity.\n`);
    expect({ stderr, code }).toEqual({ stderr: '(The mock model answers: the API has failed.)\n', code: 0 });
  });
});
