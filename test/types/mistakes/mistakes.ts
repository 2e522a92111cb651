// Each line says what the compiler must answer; `mistakes.test.ts` compiles this file in both dialects and compares.
import { OnError, OnShutdown, OnStartup, Pipeline, Step, Streaming, skip, stop } from 'stepstream';
import type { Ctx, ErrorContext, Failure, HookContext, Join, Outputs, RunContext, StepContext } from 'stepstream';

interface S {
  q: string;
}

// prettier-ignore
export class Bad extends Pipeline<S, { tenant: string }> {
  // names and edges
  @Step({ to: 'respnd' }) m01() {} // error: 'respnd' is no step of this class
  @Step({ to: ['respond', 'priv'] }) m02() {} // error: 'priv' is no step of this class
  @Step({ to: 'wantsNumber' }) m04() { return 'x'; } // error: the output of 'm04' does not fit the input of 'wantsNumber'
  @Step({ to: 'wantsNumber' }) m05() {} // error: the output of 'm05' does not fit the input of 'wantsNumber'
  @Step({ to: 'wantsNumber' }) async m06() { return 1; } // ok
  @Step({ to: ['wantsNumber', 'respond'] }) m07() { return 'x'; } // error: does not fit the input of 'wantsNumber'
  @Step({ to: 'wantsNumber' }) m08() { return this.q ? 1 : stop(); } // ok
  @Step({ to: 'wantsNumber' }) async m09() { return this.q ? 1 : skip(); } // ok
  @Step({ to: 'helper' }) m28() {} // error: 'helper' is no step of this class
  @Step({ to: 'fallback' }) m29() {} // error: 'fallback' is no step of this class
  @Step({ to: 'run' }) m37() {} // error: 'run' is no step of this class
  @Streaming({ to: 'wantsNumber' }) async *text() { yield 'x'; } // error: the output of 'text' does not fit the input of 'wantsNumber'
  @Streaming({ to: 'wantsText' }) async *text2() { yield 'x'; } // ok
  @Streaming({ to: 'wantsText' }) async *numbers() { yield 1; } // error: the output of 'numbers' does not fit the input of 'wantsText'
  @Streaming({ to: 'wantsNumber' }) async *returning() { yield 'x'; return 1; } // ok

  // parameters
  @Step() m03({ state }: StepContext<{ other: number }>) { state.other; } // error: the parameter does not fit
  @Step() m26({ context }: StepContext<S, unknown, { user: string }>) { context.user; } // error: the parameter does not fit
  @Step() m27(a: StepContext<S>, b: number) { void [a, b]; } // error: a step takes one parameter, its context
  @Step() m30({ input }: Ctx<this>) { return input.length; } // error: TS18046
  @Step() m31({ state }) { void state; } // error: TS7031
  @Step() m38({ error }: Failure<this>) { void error; } // error: the parameter does not fit
  @Step() m39({ state, context }: Ctx<this>) { state.nope; context.tenant; } // error: TS2339
  @Streaming() async *m40({ state }: StepContext<{ other: number }>) { yield state.other; } // error: the parameter does not fit
  @Step() m41({ state, context }: StepContext<{ q: string }, number, { tenant: string }>) { void [state, context]; } // ok

  // kinds and places
  @Streaming() async m10() { return 'x'; } // error: @Streaming needs an async generator
  @Streaming() *m11() { yield 'x'; } // error: @Streaming needs an async generator
  @Step() async *m42() { yield 'x'; } // error: a generator needs @Streaming
  @Step() *m43() { yield 'x'; } // error: a generator needs @Streaming
  @Step() field = 1; // error: only for methods
  @Step() get getter() { return 1; } // error: only for methods
  @Step() private m36({ state }: Ctx<this>) { void state; } // error: a step must be a public method
  @Step() protected m44() {} // error: a step must be a public method
  @Streaming() private async *m45() { yield 1; } // error: a step must be a public method
  @Step() static m46() {} // error: a step must not be static
  @Step() [SYMBOL]() {} // error: a step needs a name that is a string
  @Step({ entry: true }) override async close() {} // error: 'close' is a member of Pipeline

  // options
  @Step({ too: 'respond' }) m25() {} // error: TS2353
  @Step({ join: 'some' }) m47() {} // error: TS2322
  @Step({ retry: { attempt: 3 } }) m48() {} // error: TS2561
  @Step({ retry: { delay: 3 } }) m49() {} // error: Property 'attempts' is missing
  @Step({ timeout: { step: 1, firstToken: 2, idle: 3 }, retry: 3, concurrency: 4, entry: true, meta: { a: 1 } }) m50() {} // ok

  // joins
  @Step({ to: 'join' }) m18() { return 1; } // error: 'm18' leads to 'join', whose inputs don't name it
  @Step({ to: 'join' }) left() { return 1; } // error: the output of 'left' does not fit the input of 'join'
  @Step({ to: 'join' }) right() { return 'r'; } // ok
  @Step() join({ inputs }: Join<this, { left: string; right: string }>) { void inputs; } // ok
  @Step() join2({ inputs }: Join<this, { left: number; rigth: string }>) { void inputs; } // error: inputs name 'rigth', which is no step of this class
  @Step({ join: 'any' }) any1({ inputs }: Join<this, { left: number; right: string }>) { void inputs; } // error: under join: 'any' every name of inputs must be optional
  @Step({ join: 'any' }) any2({ inputs }: Join<this, { left?: number; right: string }>) { void inputs; } // error: under join: 'any' every name of inputs must be optional
  @Step({ join: 'any' }) any3({ inputs }: Join<this, Partial<Outputs<Bad, 'left' | 'right'>>>) { void inputs; } // ok
  @Step({ join: 'any' }) any4({ input }: Ctx<this, number | string>) { void input; } // ok
  @Step({ join: 'all' }) all1({ inputs }: Join<this, { left: number; right: string }>) { void inputs; } // ok
  @Streaming({ join: 'any' }) async *any5({ inputs }: Join<this, { left: number }>) { yield inputs.left; } // error: under join: 'any' every name of inputs must be optional
  @Step({ to: 'join3' }) maybe() { return this.q ? 1 : skip(); } // error: 'maybe' may skip: make it optional in the inputs of 'join3'
  @Step({ to: 'join3' }) async maybeLater() { return this.q ? 1 : skip(); } // error: 'maybeLater' may skip: make it optional in the inputs of 'join3'
  @Streaming({ to: 'join3' }) async *maybeStream() { yield 1; return this.q ? 1 : skip(); } // error: 'maybeStream' may skip: make it optional in the inputs of 'join3'
  @Step({ to: 'join3', onError: 'skipping' }) surely() { return 1; } // error: 'surely' may skip: make it optional in the inputs of 'join3'
  @Step({ to: 'join3' }) stopping() { return this.q ? 1 : stop(); } // ok
  @Step() join3({ inputs }: Join<this, Record<'maybe' | 'maybeLater' | 'maybeStream' | 'surely' | 'stopping', number>>) { void inputs; } // ok
  @Step({ to: 'join4' }) perhaps() { return this.q ? 1 : skip(); } // ok
  @Step() join4({ inputs }: Join<this, { perhaps?: number }>) { void inputs; } // ok
  @Step({ to: 'join5' }) anyName() { return 1; } // ok
  @Step() join5({ inputs }: Join<this, Record<string, number>>) { void inputs; } // ok

  // handlers
  @Step({ onError: 'fallback' }) m20() { return 1; } // error: what 'fallback' returns does not fit the output of this step
  @Step({ onError: 'falback' }) m21() { return 1; } // error: 'falback' is no public method of this class
  @Step({ onError: 'respond' }) m51() { return 'x'; } // ok
  @Step({ onError: 'wantsNumber' }) m52() {} // error: 'wantsNumber' is no @OnError method
  @Step({ onError: 'hidden' }) m53() {} // error: 'hidden' is no public method of this class
  @Step({ onError: 'q' }) m54() {} // error: 'q' is no @OnError method
  @Step({ onError: 'fallback' }) m55() { return 'x'; } // ok
  @Step({ onError: 'skipping' }) m56() { return 1; } // ok
  @Step({ onError: 'mock' }) m57() { return 'x'; } // ok
  @Streaming({ onError: 'mock' }) async *m58() { yield 'x'; } // ok
  @Streaming({ onError: 'fallback' }) async *m59() { yield 'x'; } // ok
  @Streaming({ onError: 'counts' }) async *m60() { yield 'x'; } // error: what 'counts' returns does not fit the output of this step
  @Streaming({ onError: 'counts' }) async *m61() { yield 1; } // ok
  @Streaming({ onError: 'mock' }) async *m62() { yield 1; } // error: what 'mock' returns does not fit the output of this step
  @Streaming({ onError: 'counted' }) async *m63() { yield 'x'; return 1; } // error: what 'counted' yields does not fit the tokens of this step
  @OnError() fallback({ error }: Failure<this>) { return String(error); } // ok
  @OnError() skipping({ failed }: Failure<this>) { return failed ? skip() : stop(); } // ok
  @OnError() async *mock({ signal }: Failure<this>) { void signal; yield 'x'; } // ok
  @OnError() async *counts() { yield 1; } // ok
  @OnError() async *counted() { yield 1; return 1; } // ok
  @OnError() private hidden({ state }: Failure<this>) { void state.q; } // ok
  @OnError() e01({ state }: ErrorContext<{ other: number }>) { void state; } // error: an @OnError method takes nothing, or a Failure of this pipeline
  @OnError() e02({ input }: Ctx<this>) { void input; } // error: an @OnError method takes nothing, or a Failure of this pipeline
  @OnError() e03(a: Failure<this>, b: number) { void [a, b]; } // error: an @OnError method takes nothing, or a Failure of this pipeline
  @OnError() private e04({ input }: Ctx<this>) { void input; } // error: an @OnError method takes nothing, or a Failure of this pipeline
  @OnError() e05 = () => {}; // error: only for methods
  @OnError() static e06() {} // error: a hook or handler must not be static

  // hooks
  @OnStartup() m32(x: number) { void x; } // error: a hook takes nothing, or a HookContext
  @OnStartup() private h01() {} // ok
  @OnStartup() private h02({ signal }: HookContext) { void signal; } // ok
  @OnShutdown() protected async h03({ signal }: HookContext) { void signal; } // ok
  @OnStartup() h04({ state }: RunContext<S>) { void state; } // error: a hook takes nothing, or a HookContext
  @OnShutdown() private h05({ state }: RunContext<S>) { void state; } // error: a hook takes nothing, or a HookContext
  @OnStartup({ per: 'instance' }) h06({ state }: Ctx<this>) { void state; } // error: a hook takes nothing, or a HookContext
  @OnShutdown({ per: 'run' }) h07({ outcome }: RunContext<S>) { void outcome; } // ok
  @OnShutdown({ per: 'run' }) h08({ signal }: HookContext) { void signal; } // ok
  @OnShutdown({ per: 'run' }) h09({ context }: RunContext<S, { user: string }>) { void context; } // error: a hook with { per: 'run' } takes nothing, or a RunContext of this pipeline
  @OnStartup({ per: 'run' }) h10({ state }: RunContext<{ other: number }>) { void state; } // error: a hook with { per: 'run' } takes nothing, or a RunContext of this pipeline
  @OnStartup({ per: 'run' }) h11({ input }: Ctx<this>) { void input; } // error: a hook with { per: 'run' } takes nothing, or a RunContext of this pipeline
  @OnStartup({ per: 'run' }) private h12({ state }: RunContext<S>) { void state; } // ok
  @OnStartup({ per: 'run' }) private h13(x: number) { void x; } // error: a hook with { per: 'run' } takes nothing, or a RunContext of this pipeline
  @OnStartup({ per: 'request' }) h14() {} // error: TS2322
  @OnStartup() static h15() {} // error: a hook or handler must not be static
  @OnStartup() h16 = 1; // error: only for methods

  // what the lines above lead to
  q = '';
  @Step() wantsNumber({ input }: Ctx<this, number>) { void input; } // ok
  @Step() wantsText({ input }: Ctx<this, string>) { void input; } // ok
  @Streaming() async *respond() { yield 'x'; } // ok
  private priv() {}
  helper(n: number) { void n; }
}
declare const SYMBOL: unique symbol;

// prettier-ignore
export class NotPipe {
  @Step() x() {} // error: the class must extend Pipeline
  @OnStartup() y() {} // error: the class must extend Pipeline
  @OnError() z() {} // error: the class must extend Pipeline
}

// prettier-ignore
export class Small extends Pipeline<S, { tenant: string }> {
  @Streaming() async *respond() { yield 'x'; } // ok
}
new Small().run({ q: 1 }, { context: { tenant: '' } }); // error: TS2322
new Small().run({ q: '' }, { context: { tenat: '' } }); // error: TS2561
new Small().run({ q: '' }); // error: TS2554
new Small().run({ q: '' }, { context: { tenant: '' } }).on('tokn', () => {}); // error: TS2345
new Small().run({ q: '' }, { context: { tenant: '' } }).on('token', () => {}); // ok
