import { ForEach, Pipeline, Streaming, Switch, type Ctx, type Each } from 'stepstream';
import type { Message, Model, ToolCall } from './model.js';
import { tools } from './tools.js';

export interface Conversation {
  messages: Message[];
}

/** Thinks, calls the tools that it wants, all at once, and thinks again, until it wants none. */
export class TravelAgent extends Pipeline<Conversation> {
  private readonly model: Model;

  constructor(model: Model) {
    super();
    this.model = model;
  }

  // A loop needs an end that doesn't depend on a model: at the ninth visit the run fails.
  @Streaming({ to: 'route', maxVisits: 8, timeout: { firstToken: 60_000, idle: 30_000 } })
  async *think({ state, signal }: Ctx<this>) {
    const reply = yield* this.model(state.messages, signal);
    state.messages.push({ role: 'assistant', ...reply });
    return reply.calls;
  }

  @Switch({ cases: { tools: 'useTool', done: null } })
  route({ input }: Ctx<this, ToolCall[]>) {
    return input.length > 0 ? 'tools' : 'done';
  }

  // Once per call, up to four at a time. Each pushes its message; arrays that grow side by side are joined, in the order
  // of the items. A tool that fails is no failure of the run: the model is told.
  @ForEach({ to: 'think', concurrency: 4, timeout: 10_000 })
  async useTool({ item, state, signal }: Each<this, ToolCall>) {
    const content = await runTool(item, signal);
    state.messages.push({ role: 'tool', content, callId: item.id });
    return content;
  }
}

async function runTool({ name, args }: ToolCall, signal: AbortSignal): Promise<string> {
  try {
    if (!Object.hasOwn(tools, name)) throw new Error(`there is no tool "${name}"`);
    return await tools[name].run(args, signal);
  } catch (error) {
    signal.throwIfAborted();
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
