import {
  Pipeline,
  Step,
  SubPipeline,
  call,
  definePipeline,
  suspend,
  type AnyRun,
  type ContextOf,
  type Ctx,
  type EachContext,
  type JoinContext,
  type OutputOf,
  type StateOf,
  type StepContext,
  type StepName,
  type StreamingStepName,
  type TokenOf,
} from 'stepstream';
import { standIn } from 'stepstream/testing';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only where the two types are the same; does nothing when it runs. */
const is = <T extends true>(..._proof: T[]): void => undefined;

interface Question {
  question: string;
}
type Tenant = { tenant: string };

export const Rag = definePipeline({
  name: 'rag',
  types: {} as { state: Question; context: Tenant },
  services: (limit: number) => ({ limit, client: undefined as { close(): void } | undefined }),
  steps: {
    ask: { to: ['web', 'docs'], step: ({ state }) => state.question.toLowerCase() },
    web: {
      to: 'merge',
      async step({ input, context }: StepContext<Question, string, Tenant>) {
        return [{ id: `${context.tenant} ${input}`, score: this.limit }];
      },
    },
    docs: {
      to: 'merge',
      onError: 'none',
      step: ({ input }: StepContext<Question, string>) => [{ id: input, score: 1 }],
    },
    merge: {
      to: 'shorten',
      step: ({ inputs }: JoinContext<Question, Record<'web' | 'docs', { id: string; score: number }[]>>) => [
        ...inputs.web,
        ...inputs.docs,
      ],
    },
    shorten: { to: 'route', forEach: ({ item }: EachContext<Question, { id: string }>) => item.id.length },
    route: {
      cases: { some: 'answer', none: null },
      switch: ({ input }: StepContext<Question, number[]>) => (input.length > 0 ? 'some' : 'none'),
    },
    answer: {
      to: 'approve',
      async *streaming({ input, state }: StepContext<Question, number[]>) {
        yield* [state.question, ' has ', String(input.length)];
      },
    },
    approve: { step: ({ input }) => suspend<{ ok: boolean }, { text: unknown }>({ text: input }) },
  },
  onStartup: {
    connect() {
      this.client = { close: () => undefined };
    },
  },
  onShutdown: {
    disconnect() {
      this.client?.close();
    },
  },
  onError: { none: () => [] },
});
export type Rag = InstanceType<typeof Rag>;

is<Equal<StateOf<Rag>, Question>>();
is<Equal<ContextOf<Rag>, Tenant>>();
is<Equal<StreamingStepName<Rag>, 'answer'>>();
is<Equal<TokenOf<Rag, 'answer'>, string>>();
is<Equal<OutputOf<Rag, 'ask'>, string>>();
is<Equal<OutputOf<Rag, 'web'>, { id: string; score: number }[]>>();
is<Equal<OutputOf<Rag, 'shorten'>, number[]>>();
is<Equal<OutputOf<Rag, 'route'>, 'some' | 'none'>>();
is<Equal<OutputOf<Rag, 'answer'>, string>>();
is<Equal<OutputOf<Rag, 'approve'>, { ok: boolean }>>();
is<Equal<ConstructorParameters<typeof Rag>, [limit: number]>>();
is<Equal<Rag['limit'], number>>();

/** Never called: what the compiler knows of the runs of a definition. */
export async function runs(rag: Rag): Promise<void> {
  rag.on('token', (event) => {
    const step: 'answer' = event.step;
    return [step, event.value.trim()];
  });
  const run = rag.run({ question: '' }, { context: { tenant: '' } });
  for await (const token of run.tokens('answer')) token.trim();
  for await (const event of run)
    if (event.type === 'step-end' && event.step === 'web')
      is<Equal<typeof event.output, { id: string; score: number }[]>>();
  const result = await run.result;
  is<Equal<typeof result.outputs.ask, string | undefined>>();
  if (result.status !== 'suspended') return;
  is<Equal<(typeof result.asks)[number]['step'], 'approve'>>();
  const context = { tenant: '' };
  rag.resume(result.checkpoint, { approve: { ok: true } }, { context });
  // @ts-expect-error wrong answer
  rag.resume(result.checkpoint, { approve: { ok: 'yes' } }, { context });
  // @ts-expect-error no context
  rag.run({ question: '' });
  // @ts-expect-error a step that doesn't stream
  run.tokens('ask');
  standIn(rag, { steps: { ask: () => 'a fake' }, services: { limit: 3 }, handlers: { none: () => [] } });
  // @ts-expect-error a stand-in returns what its step returns
  standIn(rag, { steps: { ask: () => 1 } });
}

/** A definition and a class run one another. */
export const Outer = definePipeline({
  name: 'outer',
  types: {} as { state: Question; context: Tenant },
  services: (rag: Rag) => ({ rag }),
  steps: {
    inner: { of: () => Rag, to: 'end', subPipeline: ({ state }) => skipOr(state.question) },
    other: {
      of: () => Rag,
      to: 'end',
      entry: true,
      subPipeline({ state }) {
        return call(this.rag, { question: state.question });
      },
    },
    end: ({ input }: StepContext<Question, Question>) => input.question,
  },
});
declare const skipOr: (question: string) => ReturnType<typeof call<Rag>>;
export class Around extends Pipeline<Question, Tenant> {
  readonly rag = new Rag(1);
  @SubPipeline(() => Rag, { to: 'end' }) inner({ state }: Ctx<this>) {
    return call(this.rag, { question: state.question });
  }
  @Step() end({ input }: Ctx<this, Question>) {
    return input.question;
  }
}
is<Equal<OutputOf<InstanceType<typeof Outer>, 'other'>, Question>>();

/** Types are a choice: without them the state is a record of what nobody knows. */
export const Plain = definePipeline({
  name: 'plain',
  steps: { first: { to: 'second', step: ({ state }) => state.q }, second: { step() {} } },
});
is<Equal<StepName<InstanceType<typeof Plain>>, 'first' | 'second'>>();
is<Equal<StateOf<InstanceType<typeof Plain>>, Record<string, unknown>>>();

/** Every defined pipeline, and every run of one, is one of the widest type. */
export function widen(rag: Rag): [Pipeline<Question, Tenant>[], AnyRun] {
  return [[rag, new Outer(rag), new Around()], rag.run({ question: '' }, { context: { tenant: '' } })];
}
