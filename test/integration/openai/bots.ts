import { Pipeline, Step, Streaming, suspend, type Ctx } from 'stepstream';
import type { ServedMessage } from 'stepstream/openai';

/** Says back what it was told, word by word, and what that has used. */
export class Echo extends Pipeline<{ messages: readonly ServedMessage[]; temperature?: number }, { user: string }> {
  @Step({ to: 'respond' })
  prepare({ usage }: Ctx<this>) {
    usage({ model: 'small', input: 3, output: 1 });
  }

  @Streaming({ to: 'aside' })
  async *respond({ state, context, usage }: Ctx<this>) {
    yield `${context.user}: `;
    for (const { role, content } of state.messages) yield `[${role}] ${content} `;
    if (state.temperature !== undefined) yield `at ${state.temperature}`;
    usage({ model: 'large', input: 20, output: 10 });
  }

  @Streaming()
  async *aside() {
    yield ' (aside)';
  }
}

/** Fails before it has said anything, with an error that has much to hide. */
export class Mute extends Pipeline<object> {
  attempts = 0;

  @Streaming()
  async *respond(): AsyncGenerator<string> {
    this.attempts++;
    throw Object.assign(new Error('SECRET-MESSAGE', { cause: new Error('SECRET-CAUSE') }), { code: 'SECRET_CODE' });
  }
}

/** Asks something back after a word. */
export class Asking extends Pipeline<object> {
  static readonly pipeline = { name: 'asking' };

  @Streaming({ to: 'ask' })
  async *respond() {
    yield 'Well, ';
  }

  @Step()
  ask() {
    return suspend<string>({ question: 'SECRET-ASK' });
  }
}

/** Is cut off by its model. */
export class Long extends Pipeline<object> {
  @Streaming()
  async *respond() {
    yield 'Once upon a';
    return 'length' as const;
  }
}

/** Says nothing for a while. */
export class Slow extends Pipeline<object> {
  begun = 0;
  readonly pause: () => Promise<void>;

  constructor(pause: () => Promise<void>) {
    super();
    this.pause = pause;
  }

  @Streaming()
  async *respond({ signal }: Ctx<this>) {
    this.begun++;
    await Promise.race([this.pause(), new Promise((_, reject) => (signal.onabort = () => reject(signal.reason)))]);
    yield 'at last';
  }
}
