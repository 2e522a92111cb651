import { OpenAI } from 'openai';
import type { Message, Model, ToolCall } from './model.js';
import { tools } from './tools.js';

/** A model behind the chat completions API; the client reads OPENAI_API_KEY and OPENAI_BASE_URL itself. */
export function openaiModel(name = process.env.OPENAI_MODEL || 'gpt-4o-mini'): Model {
  const client = new OpenAI();
  return async function* (messages, signal) {
    const request = { model: name, messages: messages.map(toParam), tools: TOOLS, stream: true as const };
    const calls: Pieces[] = [];
    let content = '';
    let why: string | null = null;
    for await (const { choices } of await client.chat.completions.create(request, { signal })) {
      const { delta, finish_reason } = choices[0] ?? {};
      why = finish_reason ?? why;
      if (delta?.content) {
        content += delta.content;
        yield delta.content;
      }
      // A call comes in pieces: first its id and name, then its arguments, a bit at a time.
      for (const { index, id, function: part } of delta?.tool_calls ?? []) {
        const call = (calls[index] ??= { id: '', name: '', json: '' });
        call.id ||= id ?? '';
        call.name ||= part?.name ?? '';
        call.json += part?.arguments ?? '';
      }
    }
    // The client ends a stream that was aborted or cut off as if it were whole.
    signal.throwIfAborted();
    if (why === null) throw new Error('the model has stopped in the middle of its answer');
    return { content, calls: calls.map(toCall) };
  };
}

/** A tool call as it comes: its arguments are JSON when all of them are there. */
interface Pieces {
  id: string;
  name: string;
  json: string;
}

const toCall = ({ id, name, json }: Pieces): ToolCall => ({
  id,
  name,
  args: JSON.parse(json || '{}') as ToolCall['args'],
});

const TOOLS = Object.entries(tools).map(([name, { description, parameters }]) => ({
  type: 'function' as const,
  function: {
    name,
    description,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(parameters.map((parameter) => [parameter, { type: 'string' }])),
      required: [...parameters],
    },
  },
}));

function toParam(message: Message): OpenAI.ChatCompletionMessageParam {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.callId, content: message.content };
  if (message.role === 'user' || message.calls.length === 0) return { role: message.role, content: message.content };
  const tool_calls = message.calls.map(({ id, name, args }) => ({
    id,
    type: 'function' as const,
    function: { name, arguments: JSON.stringify(args) },
  }));
  return { role: 'assistant', content: message.content, tool_calls };
}
