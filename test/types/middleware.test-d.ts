import {
  budget,
  call,
  ForEach,
  observe,
  Pipeline,
  Step,
  Streaming,
  SubPipeline,
  Switch,
  type Ctx,
  type Each,
  type Middleware,
  type MiddlewareContext,
  type Observer,
  type PipelineOptions,
  type RunEnd,
  type RunEvent,
  type UsageEvent,
} from 'stepstream';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(..._proof: T[]): void => undefined;
/** Compiles only where the type of a value is exactly the one that is named. */
const typeOf = <T>(_: T) => ({ is: <U>(..._proof: Equal<T, U> extends true ? [] : [never]): void => undefined });

interface State {
  readonly query: string;
  hits: number;
}

const plain: Middleware = async ({ step, run }, next) => {
  run.after(run.now(), () => run.fail(new Error(step))).cancel();
  return next();
};
const streaming: Middleware = async function* ({ kind }, next) {
  typeOf(kind).is<'step' | 'streaming' | 'each' | 'switch' | 'sub'>();
  yield* next() as AsyncGenerator<string>;
};
const nothing: Middleware = () => undefined;
/** One that knows the state and the context of its class. */
const knowing: Middleware<State, { tenant: string }> = ({ state, context }, next) => {
  typeOf(state).is<State>();
  state.hits += context.tenant.length;
  return next();
};
const other: Middleware<{ other: number }> = ({ state }, next) => (state.other++, next());

// What nobody knows is unknown, never any.
is<Equal<MiddlewareContext['state'], unknown>>();
is<Equal<MiddlewareContext['context'], unknown>>();
is<Equal<MiddlewareContext['input'], unknown>>();
is<Equal<ReturnType<Middleware>, unknown>>();

class Child extends Pipeline<{ n: number }> {
  @Step()
  inside(): void {}
}

/** All places where middleware can be said; never run. */
export class Search extends Pipeline<State, { tenant: string }> {
  static readonly pipeline = {
    middleware: [plain, streaming, nothing, knowing, budget({ steps: 10 })],
  } satisfies PipelineOptions<State>;
  readonly child = new Child();

  @Step({
    to: 'talk',
    middleware: [knowing, other, ({ state, item, meta, inputs }, next) => [state, item, meta, inputs, next()]],
  })
  list(): string[] {
    return [];
  }
  @Streaming({ to: 'each', middleware: streaming })
  async *talk(_: Ctx<this, string[]>): AsyncGenerator<string, string[]> {
    yield '';
    return [];
  }
  @ForEach({ to: 'route', middleware: async ({ index, path }, next) => (index === path.length ? undefined : next()) })
  each(_: Each<this, string>): string {
    return '';
  }
  @Switch({ cases: { on: 'sub' }, middleware: () => 'on' })
  route(): 'on' {
    return 'on';
  }
  @SubPipeline(() => Child, { middleware: budget({ tokens: 1, time: 1 }) })
  sub() {
    return call(this.child, { n: 1 });
  }
}

export const one = { middleware: knowing } satisfies PipelineOptions<State>;
// @ts-expect-error -- a middleware of another state
export const wrong = { middleware: [other] } satisfies PipelineOptions<State>;
// @ts-expect-error -- a name is no middleware
export const noFunction = { middleware: 'plain' } satisfies PipelineOptions<State>;
// @ts-expect-error -- next takes nothing
export const given: Middleware = (context, next) => next(context);
// @ts-expect-error -- a budget has no such limit
export const noLimit = budget({ token: 1 });

export const disposers: (() => void)[] = [
  observe((event) => typeOf(event).is<RunEvent>()),
  observe({ onEvent: (event) => typeOf(event).is<RunEvent>() }),
  observe({
    types: ['usage', 'run-end'],
    onEvent: (event) => typeOf(event.type).is<'usage' | 'run-end'>(),
  }),
  observe({
    types: ['run-end'],
    onEvent: async ({ status, ledger }) => [status, ledger],
    onDrop: (count) => typeOf(count).is<number>(),
  }),
  observe(() => undefined, { queue: 5 }),
];
export const observer: Observer<'usage'> = { types: ['usage'], onEvent: ({ usage }) => usage.input };
is<Equal<Parameters<Observer<'usage'>['onEvent']>[0], UsageEvent<string>>>();
is<Equal<Parameters<Observer<'run-end'>['onEvent']>[0]['status'], RunEnd<Search>['status']>>();

// @ts-expect-error -- there is no such event
export const unknownType = observe({ types: ['run-ends'], onEvent: () => undefined });
// @ts-expect-error -- an observer sees something
export const noObserver = observe({ onDrop: () => undefined });
