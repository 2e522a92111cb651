import { createServer } from '@copilotkit/aimock';
import { describe, expect, test } from 'vitest';
import { testRun } from 'stepstream/testing';
import 'stepstream/testing/vitest';
import type { Model } from '../../examples/agent/model.js';
import { TravelAgent } from '../../examples/agent/travel-agent.js';
import { runExample } from './run-example.js';

const ask = (content: string) => ({ messages: [{ role: 'user' as const, content }] });
const city = (city: string) => ({ name: 'weather', arguments: JSON.stringify({ city }) });

describe('examples/agent', () => {
  test('asks a real client, calls what it wants, and tells it the results', { timeout: 60_000 }, async () => {
    const server = await createServer(
      [
        {
          match: { userMessage: 'sun', hasToolResult: false },
          response: { content: 'Let me see.', toolCalls: [city('Porto'), city('Lisbon')] },
        },
        { match: { toolResultContains: 'sunny, 24 degrees' }, response: { content: 'In Lisbon.' } },
      ],
      { port: 0, host: '127.0.0.1' },
    );
    try {
      const { stdout, stderr, code } = await runExample('agent', {
        args: ['Where is the sun?'],
        env: { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: `${server.url}/v1` },
      });
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
      expect(stdout).toBe(
        [
          'You: Where is the sun?',
          'Agent (visit 1): Let me see.',
          '  wants weather(Porto)',
          '  wants weather(Lisbon)',
          '  tool 0: rain, 16 degrees',
          '  tool 1: sunny, 24 degrees',
          'Agent (visit 2): In Lisbon.',
          'success: 2 thoughts, 5 messages',
          '',
        ].join('\n'),
      );
      const [first, second] = server.journal.getAll().map(({ body }) => body);
      expect(first).toMatchObject({ model: 'gpt-4o-mini', stream: true });
      const { messages } = second as { messages: { tool_calls?: { id: string }[] }[] };
      const [porto, lisbon] = messages[1].tool_calls!.map(({ id }) => id);
      expect(porto).not.toBe(lisbon);
      expect(messages).toEqual([
        { role: 'user', content: 'Where is the sun?' },
        {
          role: 'assistant',
          content: 'Let me see.',
          tool_calls: [
            { id: porto, type: 'function', function: city('Porto') },
            { id: lisbon, type: 'function', function: city('Lisbon') },
          ],
        },
        { role: 'tool', tool_call_id: porto, content: 'rain, 16 degrees' },
        { role: 'tool', tool_call_id: lisbon, content: 'sunny, 24 degrees' },
      ]);
    } finally {
      server.server.closeAllConnections();
      await new Promise((resolve) => server.server.close(resolve));
    }
  });

  test('a model that never has enough is stopped', async () => {
    const greedy: Model = async function* (messages) {
      yield '…';
      return { content: '…', calls: [{ id: String(messages.length), name: 'weather', args: { city: 'Porto' } }] };
    };
    const run = await testRun(new TravelAgent(greedy), ask('Where is the sun?'));
    expect(run).toHaveFailedWith('TOO_MANY_VISITS');
    expect(run.result.ledger.think.visits).toHaveLength(8);
  });

  test('a tool that doesn’t exist is no failure: the model is told', async () => {
    const curious: Model = async function* (messages) {
      const result = messages.find(({ role }) => role === 'tool');
      if (result) yield result.content;
      return { content: '', calls: result ? [] : [{ id: 'a', name: 'constructor', args: {} }] };
    };
    const run = await testRun(new TravelAgent(curious), ask('Where is the sun?'));
    expect(run).toHaveSucceeded();
    expect(run).toHaveText('failed: there is no tool "constructor"');
  });
});
