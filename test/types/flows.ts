import {
  ForEach,
  OnError,
  Pipeline,
  Step,
  Streaming,
  SubPipeline,
  Switch,
  call,
  goto,
  retry,
  stop,
  suspend,
  type AnyRun,
  type Ctx,
  type Each,
  type Failure,
  type PipelineOptions,
  type StepName,
  type Suspend,
} from 'stepstream';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only where the two types are the same; does nothing when it runs. */
const is = <T extends true>(..._proof: T[]): void => undefined;

// ── an agent that calls tools until it has its answer

interface Tool {
  name: string;
  args: Record<string, string>;
}
interface Message {
  role: 'user' | 'model' | 'tool';
  text: string;
  calls: Tool[];
}
interface Chat {
  messages: Message[];
}

/** A model that asks for two tools first, and answers once their results are there. */
async function* think(messages: readonly Message[], signal: AbortSignal): AsyncGenerator<string, Message> {
  signal.throwIfAborted();
  const results = messages.filter(({ role }) => role === 'tool');
  if (results.length === 0) {
    const tools = ['time', 'weather'].map((name) => ({ name, args: { city: 'Brno' } }));
    return { role: 'model', text: '', calls: tools };
  }
  const text = `It is ${results.map((result) => result.text).join(' and ')}.`;
  yield* text.split(/(?= )/);
  return { role: 'model', text, calls: [] };
}

export class Agent extends Pipeline<Chat> {
  @Streaming({ to: 'route', maxVisits: 8, entry: true })
  async *think({ state, signal }: Ctx<this>) {
    const message = yield* think(state.messages, signal);
    state.messages.push(message);
    return message.calls;
  }

  @Switch({ cases: { tools: 'callTool', done: 'conclude' } })
  route({ input }: Ctx<this, Tool[]>) {
    return input.length > 0 ? 'tools' : 'done';
  }

  @ForEach({ to: 'think', concurrency: 4 })
  async callTool({ item, state, index }: Each<this, Tool>) {
    const text = item.name === 'time' ? 'noon' : `sunny in ${item.args.city}`;
    state.messages.push({ role: 'tool', text, calls: [] });
    return index;
  }

  @Step()
  conclude({ state }: Ctx<this>) {
    return state.messages.at(-1)?.text;
  }
}

export async function agent(): Promise<unknown[]> {
  const question: Message = { role: 'user', text: 'Now?', calls: [] };
  const { outputs, text, state } = await new Agent().run({ messages: [question] }).result;
  is<Equal<typeof outputs.callTool, number[] | undefined>>();
  is<Equal<typeof outputs.route, 'tools' | 'done' | undefined>>();
  is<Equal<typeof outputs.think, Tool[] | undefined>>();
  return [outputs.callTool, outputs.route, outputs.conclude, text, state.messages.map(({ role }) => role)];
}

// ── a map over many items, from a list and from something lazy

interface Docs {
  urls: string[];
  total: number;
}
interface Page {
  url: string;
  body: string;
}

export class Summaries extends Pipeline<Docs> {
  @Step({ to: 'load' })
  list({ state }: Ctx<this>) {
    return state.urls;
  }

  @ForEach({ to: 'summarise', retry: 2 })
  async load({ item, attempt, index }: Each<this, string>): Promise<Page> {
    if (index === 1 && attempt === 1) throw new Error('cut');
    return { url: item, body: item.repeat(index + 1) };
  }

  @ForEach({ to: 'total' })
  async *summarise({ item, input }: Each<this, Page, Page[]>) {
    yield `${item.url} of ${input.length}`;
    return item.body.length;
  }

  @Step()
  total({ state, input }: Ctx<this, number[]>) {
    state.total = input.reduce((sum, length) => sum + length, 0);
  }
}

/** No generator, which under `@Step` would be a forgotten `@Streaming`, but something that makes one when it is asked. */
const pages = (urls: readonly string[]): AsyncIterable<string> => ({
  async *[Symbol.asyncIterator]() {
    yield* urls;
  },
});

export class LazySummaries extends Pipeline<Docs> {
  @Step({ to: 'load' })
  list({ state }: Ctx<this>) {
    return pages(state.urls);
  }

  @ForEach({ to: 'total', concurrency: 1 })
  async load({ item }: Each<this, string>) {
    return item.length;
  }

  @Step()
  total({ state, input }: Ctx<this, number[]>) {
    state.total = input.reduce((sum, length) => sum + length, 0);
  }
}

export async function summaries(): Promise<unknown[]> {
  const docs: Docs = { urls: ['a', 'bc'], total: 0 };
  const ends: string[] = [];
  const run = new Summaries().run(docs);
  for await (const event of run) {
    if (event.type === 'token') is<Equal<typeof event.step, 'summarise'>>();
    if (event.type !== 'step-end' || event.step !== 'load') continue;
    // An item, or the each as a whole: `index` tells.
    if (event.index === undefined) ends.push(event.output.map((page) => page.url).join());
    else ends.push(`${event.index} ${event.output.body}`);
  }
  const { state, outputs, text } = await run.result;
  is<Equal<typeof outputs.load, Page[] | undefined>>();
  is<Equal<typeof outputs.summarise, number[] | undefined>>();
  const lazy = await new LazySummaries().run(docs).result;
  return [ends, outputs.summarise, state.total, text, lazy.state.total];
}

// ── a run that waits for people

interface Refund {
  amount: number;
  approved: boolean;
}

export class Approval extends Pipeline<Refund> {
  static readonly pipeline = { name: 'approval' } satisfies PipelineOptions<Refund>;

  @Step({ to: 'decide' })
  check({ state }: Ctx<this>) {
    return state.amount;
  }

  @Step({ to: 'pay' })
  decide({ input }: Ctx<this, number>) {
    return input < 100 ? { ok: true } : suspend<{ ok: boolean; note?: string }>({ question: 'ok?' });
  }

  @Step()
  pay({ input, state }: Ctx<this, { ok: boolean }>) {
    state.approved = input.ok;
  }
}

export class TwoApprovals extends Pipeline<Refund> {
  static readonly pipeline = { name: 'two-approvals' } satisfies PipelineOptions<Refund>;

  @Step({ to: 'pay', entry: true })
  async decide({ state }: Ctx<this>): Promise<Suspend<{ ok: boolean }, { amount: number }>> {
    return suspend({ amount: state.amount });
  }

  @Switch({ cases: { yes: 'pay', no: 'reject' }, entry: true })
  second() {
    return suspend<'yes' | 'no'>('sure?');
  }

  @Step()
  pay({ state }: Ctx<this>) {
    state.approved = true;
  }

  @Step()
  reject() {
    return 'rejected';
  }
}

export async function approval(): Promise<unknown[]> {
  const refund: Refund = { amount: 500, approved: false };
  const one = new Approval();
  const small = await one.run({ ...refund, amount: 5 }).result;
  const large = await one.run(refund).result;
  if (large.status !== 'suspended') throw new Error(`expected a suspended run, got ${large.status}`);
  is<Equal<(typeof large.asks)[number]['step'], 'decide'>>();
  const paid = await one.resume(large.checkpoint, { decide: { ok: true, note: 'fine' } }).result;

  const two = new TwoApprovals();
  const asked = await two.run(refund).result;
  if (asked.status !== 'suspended') throw new Error(`expected a suspended run, got ${asked.status}`);
  const questions = asked.asks.map((ask) => (ask.step === 'decide' ? ask.ask.amount : ask.ask));
  is<Equal<typeof questions, unknown[]>>();
  const both = await two.resume(asked.checkpoint, { decide: { ok: true }, second: 'yes' }).result;
  return [small.state.approved, paid.status, paid.state.approved, questions, both.state.approved, both.outputs.second];
}

/** Never called: what the compiler refuses of the answers to a finished class. */
export async function refusedOfApproval(pipeline: TwoApprovals): Promise<void> {
  const result = await pipeline.run({ amount: 1, approved: false }).result;
  // @ts-expect-error only a suspended run has a checkpoint
  void result.checkpoint;
  if (result.status !== 'suspended') return;
  pipeline.resume(result.checkpoint, {});
  pipeline.resume(result.checkpoint, { 'decide#2': { ok: false }, 'child/ask': 1 });
  // @ts-expect-error wrong answer
  pipeline.resume(result.checkpoint, { decide: { ok: 'yes' } });
  // @ts-expect-error no such key
  pipeline.resume(result.checkpoint, { second: 'maybe' });
  // @ts-expect-error a step that never asks
  pipeline.resume(result.checkpoint, { pay: true });
  // @ts-expect-error not an each
  pipeline.resume(result.checkpoint, { 'decide[0]': { ok: true } });
  // @ts-expect-error a resumed run has its id
  pipeline.resume(result.checkpoint, {}, { id: 'another' });
}

// ── a pipeline that runs another one

interface Research {
  topic: string;
  notes: string[];
}

export class Researcher extends Pipeline<Research> {
  private readonly library: { readonly prefix: string };

  constructor(library: { readonly prefix: string }) {
    super();
    this.library = library;
  }

  @Step({ to: 'think' })
  look({ state }: Ctx<this>) {
    state.notes.push(`${this.library.prefix} ${state.topic}`);
    return state.notes.length;
  }

  @Streaming()
  async *think({ input }: Ctx<this, number>) {
    yield input;
  }
}

interface Report {
  title: string;
  text: string;
}

export class Reporter extends Pipeline<Report> {
  private readonly researcher: Researcher;

  constructor(researcher: Researcher) {
    super();
    this.researcher = researcher;
  }

  @SubPipeline(() => Researcher, { to: 'write' })
  research({ state }: Ctx<this>) {
    return call(this.researcher, { topic: state.title, notes: [] });
  }

  @Streaming({ to: 'check' })
  async *write({ input, state }: Ctx<this, Research>) {
    for (const note of input.notes) {
      state.text += note;
      yield note;
    }
    return input.notes;
  }

  @SubPipeline(() => Researcher, { each: true, to: 'sign' })
  check({ item }: Each<this, string>) {
    return call(this.researcher, { topic: item, notes: [] });
  }

  @Step()
  sign({ input, state }: Ctx<this, Research[]>) {
    state.text += ` (${input.map(({ notes }) => notes.join()).join()})`;
  }
}

export async function report(): Promise<unknown[]> {
  const reporter = new Reporter(new Researcher({ prefix: 'on' }));
  const tokens: string[] = [];
  const run = reporter.run({ title: 'tea', text: '' });
  for await (const event of run) {
    if (event.type !== 'token') continue;
    // The tokens of the child are among them, with its steps and its types.
    is<Equal<typeof event.step, 'write' | 'think'>>();
    if (event.step === 'write') is<Equal<typeof event.value, string>>();
    else is<Equal<typeof event.value, number>>();
    tokens.push([...event.path, event.step, event.value].join(' '));
  }
  const thoughts: number[] = [];
  // A step of the child can be named, too.
  for await (const token of reporter.run({ title: 'mint', text: '' }).tokens('think')) thoughts.push(token);
  const { state, outputs } = await run.result;
  is<Equal<typeof outputs.research, Research | undefined>>();
  is<Equal<typeof outputs.check, Research[] | undefined>>();
  is<Equal<StepName<Reporter>, 'research' | 'write' | 'check' | 'sign'>>();
  return [tokens, thoughts, state.text, outputs.check?.length];
}

// ── retries, handlers and jumps

interface Hit {
  id: string;
  score: number;
}
interface Query {
  question: string;
  answer: string;
}

export class Safe extends Pipeline<Query> {
  @Step({ to: 'rerank', onError: 'noHits', retry: { attempts: 3, delay: 1, backoff: 2 }, entry: true })
  async search({ state }: Ctx<this>) {
    const words = state.question.split(' ').filter(Boolean);
    if (words.length === 0) throw new Error('nothing to search for');
    state.question = words.slice(1).join(' ');
    return words.map((id) => ({ id, score: 1 }));
  }

  @OnError()
  noHits({ error, failed, state }: Failure<this>): Hit[] {
    state.answer = `${failed}: ${(error as Error).message}`;
    return [];
  }

  @Step({ goto: ['search', 'pick'], retry: 3 })
  rerank({ input, attempt }: Ctx<this, Hit[]>) {
    if (input.length === 0) return attempt > 2 ? stop() : retry();
    return input.length > 1 ? goto('search') : goto('pick', input.length);
  }

  @Step()
  pick({ input }: Ctx<this, number>) {
    return input;
  }
}

export async function safe(): Promise<unknown[]> {
  const found = await new Safe().run({ question: 'one two three', answer: '' }).result;
  const none = await new Safe().run({ question: '', answer: '' }).result;
  is<Equal<typeof found.outputs.pick, number | undefined>>();
  is<Equal<typeof found.outputs.rerank, undefined>>();
  return [found.outputs.pick, found.ledger.search.visits, none.state.answer, none.ledger.pick.status];
}

/** Never called: every pipeline and every run is one of the widest type, whatever it calls and waits for. */
export function widen(): [number, AnyRun[]] {
  const researcher = new Researcher({ prefix: '' });
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the widest pipeline there is
  const any: Pipeline<any, any>[] = [
    ...[new Agent(), new Summaries(), new LazySummaries()],
    ...[new Approval(), new TwoApprovals(), new Reporter(researcher), new Safe()],
  ];
  const refund = { amount: 0, approved: false };
  const runs: AnyRun[] = [new Reporter(researcher).run({ title: '', text: '' }), new TwoApprovals().run(refund)];
  return [any.length, runs];
}
