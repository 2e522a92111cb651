import {
  OnShutdown,
  OnStartup,
  Pipeline,
  Step,
  Streaming,
  type AnyRun,
  type Ctx,
  type Join,
  type OutputOf,
  type Outputs,
  type StepContext,
} from 'stepstream';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only where the two types are the same; does nothing when it runs. */
const is = <T extends true>(..._proof: T[]): void => undefined;

// ── a chatbot

interface Conversation {
  prompt: string;
  response: string;
}

class Client {
  async *reply(prompt: string, signal: AbortSignal): AsyncGenerator<string, void> {
    for (const word of prompt.split(' ')) {
      signal.throwIfAborted();
      yield word.toUpperCase();
    }
  }
}

export class Chatbot extends Pipeline<Conversation> {
  private client?: Client;

  @OnStartup()
  setup() {
    this.client = new Client();
  }

  @Step({ to: 'respond' })
  start({ state }: StepContext<Conversation>) {
    state.prompt = state.prompt.trim();
  }

  @Streaming()
  async *respond({ state, signal }: StepContext<Conversation>) {
    for await (const token of this.client!.reply(state.prompt, signal)) {
      state.response += token;
      yield token;
    }
  }

  @OnShutdown()
  cleanup() {
    this.client = undefined;
  }
}

export async function chat(): Promise<string[]> {
  const bot = new Chatbot();
  const said: string[] = [];
  bot.on('token', (_event) => {
    is<Equal<typeof _event.value, string>>();
    is<Equal<typeof _event.step, 'respond'>>();
  });
  for await (const event of bot.run({ prompt: 'one event', response: '' })) {
    if (event.type === 'token') said.push(event.value.toLowerCase());
  }
  for await (const token of bot.run({ prompt: 'one step', response: '' }).tokens('respond')) {
    is<Equal<typeof token, string>>();
    said.push(token);
  }
  for await (const token of bot.run({ prompt: 'all steps', response: '' }).tokens()) said.push(token);
  const { status, state, outputs, ledger } = await bot.run({ prompt: ' x ', response: '' }).result;
  is<Equal<typeof outputs.respond, string | undefined>>();
  is<Equal<typeof outputs.start, undefined>>();
  said.push(status, state.response, String(outputs.respond), ledger.respond.status);
  return said;
}

/** Never called: what the compiler refuses of the finished class. */
export function refusedOfChatbot(bot: Chatbot): void {
  const run = bot.run({ prompt: '', response: '' });
  // @ts-expect-error not a streaming step
  run.tokens('start');
  // @ts-expect-error no such step
  run.tokens('respnd');
  run.on('step-end', (event) => {
    // @ts-expect-error no such step
    if (event.step === 'respnd') return;
  });
}

// ── retrieval, with the inputs written out …

interface Hit {
  id: string;
  score: number;
}
interface Ask {
  question: string;
  answer: string;
}

export class Rag extends Pipeline<Ask, { tenant: string }> {
  @Step({ to: ['web', 'docs'] })
  ask({ state }: Ctx<this>) {
    return state.question.toLowerCase();
  }

  @Step({ to: 'merge' })
  async web({ input, context }: Ctx<this, string>): Promise<Hit[]> {
    return [{ id: `${input}@${context.tenant}`, score: 1 }];
  }

  @Step({ to: 'merge', retry: 3, timeout: 500 })
  async docs({ input }: Ctx<this, string>) {
    return [{ id: input, score: 2, page: 3 }];
  }

  @Step({ to: 'rerank', join: 'all' })
  merge({ inputs }: Join<this, { web: Hit[]; docs: Hit[] }>) {
    return [...inputs.web, ...inputs.docs];
  }

  @Step({ to: 'answer' })
  rerank({ input }: Ctx<this, Hit[]>) {
    return input.toSorted((a, b) => b.score - a.score);
  }

  @Streaming({ timeout: { idle: 1000 } })
  async *answer({ state, input }: Ctx<this, Hit[]>) {
    for (const { id } of input) {
      state.answer += id;
      yield id;
    }
    return { used: input.length };
  }
}

// ── … and with the inputs taken from the steps before

export class Rag2 extends Pipeline<Ask> {
  @Step({ to: ['web', 'docs'] })
  ask({ state }: Ctx<this>) {
    return state.question.toLowerCase();
  }

  @Step({ to: 'merge' })
  async web({ input }: Ctx<this, OutputOf<Rag2, 'ask'>>) {
    return [{ id: input, score: 1 }];
  }

  @Step({ to: 'merge' })
  async docs({ input }: Ctx<this, OutputOf<Rag2, 'ask'>>) {
    return [{ id: input, score: 2, page: 3 }];
  }

  @Step({ to: 'rerank' })
  merge({ inputs }: Join<this, Outputs<Rag2, 'web' | 'docs'>>) {
    return [...inputs.web, ...inputs.docs];
  }

  @Step({ to: 'answer' })
  rerank({ input }: Ctx<this, OutputOf<Rag2, 'merge'>>) {
    return input.toSorted((a, b) => b.score - a.score);
  }

  @Streaming()
  async *answer({ input }: Ctx<this, OutputOf<Rag2, 'rerank'>>) {
    yield input[0].id;
  }
}

export async function rag(): Promise<unknown[]> {
  const { outputs } = await new Rag().run({ question: 'Q', answer: '' }, { context: { tenant: 'a' } }).result;
  is<Equal<typeof outputs.answer, { used: number } | undefined>>();
  is<Equal<typeof outputs.ask, string | undefined>>();
  is<Equal<typeof outputs.merge, Hit[] | undefined>>();
  const seen: unknown[] = [outputs.answer, outputs.ask];
  for await (const event of new Rag2().run({ question: 'Q', answer: '' })) {
    if (event.type === 'step-end' && event.step === 'web') {
      is<Equal<typeof event.output, { id: string; score: number }[]>>();
      seen.push(event.output);
    }
    if (event.type === 'run-end') seen.push(event.status);
  }
  return seen;
}

// ── inheritance: bases, generics, mixins

interface Base {
  q: string;
  a: string;
}

export abstract class Assistant<S extends Base> extends Pipeline<S> {
  @Step({ to: 'answer', entry: true })
  begin({ state }: Ctx<this>) {
    return state.q.length;
  }

  @Streaming()
  async *answer({ state }: Ctx<this>): AsyncGenerator<string, void> {
    state.a += 'x';
    yield state.q;
  }
}

export class English extends Assistant<Base> {
  @Streaming()
  override async *answer({ state }: Ctx<this>) {
    yield `hi ${state.q}`;
  }
}

export class Czech extends Assistant<Base & { lang: 'cs' }> {
  @Step({ to: 'begin' })
  prepare({ state }: StepContext<Base & { lang: 'cs' }>) {
    state.q += '?';
  }

  @Step({ to: 'answer' })
  override begin({ state }: Ctx<this>) {
    return state.lang.length;
  }

  @Streaming({ to: 'log' })
  override async *answer({ state }: Ctx<this>) {
    yield state.lang;
  }

  @Step()
  log({ input }: Ctx<this, string>) {
    return input;
  }
}

export class Generic<S extends Base> extends Pipeline<S> {
  @Step({ to: 'b' })
  a({ state }: StepContext<S>) {
    return state.q;
  }

  @Step()
  b({ input }: Ctx<this, string>) {
    return input.trim();
  }
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a mixin's constructor takes any arguments
type Constructor<T> = abstract new (...args: any[]) => T;

export function Audited<T extends Constructor<Pipeline<Base>>>(Parent: T) {
  abstract class Audit extends Parent {
    @Step({ to: 'note', entry: true })
    audit({ state }: Ctx<this>) {
      return state.q;
    }

    @Step()
    note() {
      return 'noted';
    }
  }
  return Audit;
}

export class AuditedEnglish extends Audited(English) {
  @Step({ to: ['note', 'answer'], entry: true })
  more({ state }: Ctx<this>) {
    return state.a;
  }
}

/** An adapter sees runs without knowing their class. */
async function serve(pipeline: Pipeline<object, unknown>, run: AnyRun): Promise<string[]> {
  void pipeline;
  const steps: string[] = [];
  for await (const event of run) {
    if (event.type === 'token') {
      is<Equal<typeof event.step, string>>();
      is<Equal<typeof event.value, unknown>>();
      steps.push(event.step);
    }
  }
  const result = await run.result;
  steps.push(typeof result.outputs['anything']);
  return steps;
}

export async function inherit(): Promise<string[]> {
  const seen: string[] = [];
  const many: Pipeline<Base>[] = [new English(), new AuditedEnglish(), new Generic<Base>()];
  for (const pipeline of many) {
    for await (const event of pipeline.run({ q: 'q', a: '' })) {
      if (event.type === 'token') seen.push(`${event.step}: ${String(event.value)}`);
    }
  }
  for await (const event of new AuditedEnglish().run({ q: 'q', a: '' })) {
    if (event.type === 'step-end' && event.step === 'audit') {
      is<Equal<typeof event.output, string>>();
      seen.push(event.output);
    }
    if (event.type === 'token') is<Equal<typeof event.step, 'answer'>>();
  }
  const assistant: Assistant<Base> = new English();
  const czech: Assistant<Base & { lang: 'cs' }> = new Czech();
  seen.push((await assistant.run({ q: 'q', a: '' }).result).text);
  seen.push((await czech.run({ q: 'q', a: '', lang: 'cs' }).result).text);
  seen.push(...(await serve(new Chatbot(), new Chatbot().run({ prompt: 'a b', response: '' }))));
  return seen;
}

/** Never called: every pipeline is one of the widest type, whatever its state and context. */
export function widen(): number {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the widest pipeline there is
  const any: Pipeline<any, any>[] = [new Chatbot(), new Rag(), new Rag2(), new Czech(), new Generic<Base>()];
  return any.length;
}
