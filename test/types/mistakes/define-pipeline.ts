// Each line says what the compiler must answer; `define-pipeline.test.ts` compiles this file and compares. They are the mistakes
// of mistakes.ts and control-flow.ts, as far as a definition can make them.
import { call, definePipeline, goto, retry, skip, stop, suspend } from 'stepstream';
import type {
  EachContext,
  ErrorContext,
  Goto,
  HookContext,
  JoinContext,
  RunContext,
  StandardSchema,
  StepContext,
} from 'stepstream';

interface S {
  q: string;
}
interface T {
  tenant: string;
}
interface U {
  user: string;
}
declare const ATTEMPTS: number;
declare const yesNo: StandardSchema<'yes' | 'no'>;
declare const numeric: StandardSchema<number>;
declare const anything: StandardSchema<ReturnType<typeof JSON.parse>>;
class NotPipe {}

// prettier-ignore
export const Child = definePipeline({ name: 'child', types: {} as { state: { topic: string } }, steps: { go: { step() {} } } }); // ok
// prettier-ignore
export const Other = definePipeline({ name: 'other', types: {} as { state: { topic: string } }, steps: { go: { step() {} }, stay: { to: 'go', step() {} } } }); // ok
// prettier-ignore
export const Tenant = definePipeline({ name: 'tenant', types: {} as { state: { topic: string }; context: T }, steps: { go: { step() {} } } }); // ok

// prettier-ignore
export const Bad = definePipeline({
  name: 'bad',
  types: {} as { state: S; context: T },
  services: () => ({ q: '' }),
  steps: {
    // names and edges
    m01: { to: 'respnd', step() {} }, // error: 'respnd' is no step of this class
    m02: { to: ['respond', 'priv'], step() {} }, // error: 'priv' is no step of this class
    m04: { to: 'wantsNumber', step() { return 'x'; } }, // error: the output of 'm04' does not fit the input of 'wantsNumber'
    m05: { to: 'wantsNumber', step() {} }, // error: the output of 'm05' does not fit the input of 'wantsNumber'
    m06: { to: 'wantsNumber', async step() { return 1; } }, // ok
    m07: { to: ['wantsNumber', 'respond'], step() { return 'x'; } }, // error: does not fit the input of 'wantsNumber'
    m08: { to: 'wantsNumber', step() { return this.q ? 1 : stop(); } }, // ok
    m09: { to: 'wantsNumber', async step() { return this.q ? 1 : skip(); } }, // ok
    m28: { to: 'helper', step() {} }, // error: 'helper' is no step of this class
    m29: { to: 'fallback', step() {} }, // error: 'fallback' is no step of this class
    m37: { to: 'run', step() {} }, // error: 'run' is no step of this class
    text: { to: 'wantsNumber', async *streaming() { yield 'x'; } }, // error: the output of 'text' does not fit the input of 'wantsNumber'
    text2: { to: 'wantsText', async *streaming() { yield 'x'; } }, // ok
    numbers: { to: 'wantsText', async *streaming() { yield 1; } }, // error: the output of 'numbers' does not fit the input of 'wantsText'
    returning: { to: 'wantsNumber', async *streaming() { yield 'x'; return 1; } }, // ok
    // parameters
    m03: { step({ state }: StepContext<{ other: number }>) { state.other; } }, // error: the parameter does not fit
    m26: { step({ context }: StepContext<S, unknown, { user: string }>) { context.user; } }, // error: the parameter does not fit
    m27: { step(a: StepContext<S>, b: number) { void [a, b]; } }, // error: a step takes one parameter, its context
    m30: { step({ input }: StepContext<S, unknown, T>) { return input.length; } }, // error: TS18046
    m31: { step({ state }) { void state; } }, // ok
    m38: { step({ error }: ErrorContext<S, T>) { void error; } }, // error: the parameter does not fit
    m39: { step({ state, context }: StepContext<S, unknown, T>) { state.nope; context.tenant; } }, // error: TS2339
    m40: { async *streaming({ state }: StepContext<{ other: number }>) { yield state.other; } }, // error: the parameter does not fit
    m41: { step({ state, context }: StepContext<{ q: string }, number, { tenant: string }>) { void [state, context]; } }, // ok
    // kinds and places
    m10: { async streaming() { return 'x'; } }, // error: @Streaming needs an async generator
    m11: { *streaming() { yield 'x'; } }, // error: @Streaming needs an async generator
    m42: { async *step() { yield 'x'; } }, // error: a generator needs @Streaming
    m43: { *step() { yield 'x'; } }, // error: a generator needs @Streaming
    // options
    m25: { too: 'respond', step() {} }, // error: a 'step' has no option 'too'
    m47: { join: 'some', step() {} }, // error: join is 'all' or 'any'
    m48: { retry: { attempt: 3 }, step() {} }, // error: retry is the number of all attempts, or { attempts
    m49: { retry: { delay: 3 }, step() {} }, // error: retry is the number of all attempts, or { attempts
    m50: { timeout: { step: 1, firstToken: 2, idle: 3 }, retry: 3, concurrency: 4, entry: true, meta: { a: 1 }, step() {} }, // ok
    // joins
    m18: { to: 'join', step() { return 1; } }, // error: 'm18' leads to 'join', whose inputs don't name it
    left: { to: 'join', step() { return 1; } }, // error: the output of 'left' does not fit the input of 'join'
    right: { to: 'join', step() { return 'r'; } }, // ok
    join: { step({ inputs }: JoinContext<S, { left: string; right: string }, T>) { void inputs; } }, // ok
    join2: { step({ inputs }: JoinContext<S, { left: number; rigth: string }, T>) { void inputs; } }, // error: inputs name 'rigth', which is no step of this class
    any1: { join: 'any', step({ inputs }: JoinContext<S, { left: number; right: string }, T>) { void inputs; } }, // error: under join: 'any' every name of inputs must be optional
    any2: { join: 'any', step({ inputs }: JoinContext<S, { left?: number; right: string }, T>) { void inputs; } }, // error: under join: 'any' every name of inputs must be optional
    
    any4: { join: 'any', step({ input }: StepContext<S, number | string, T>) { void input; } }, // ok
    all1: { join: 'all', step({ inputs }: JoinContext<S, { left: number; right: string }, T>) { void inputs; } }, // ok
    any5: { join: 'any', async *streaming({ inputs }: JoinContext<S, { left: number }, T>) { yield inputs.left; } }, // error: under join: 'any' every name of inputs must be optional
    maybe: { to: 'join3', step() { return this.q ? 1 : skip(); } }, // error: 'maybe' may skip: make it optional in the inputs of 'join3'
    maybeLater: { to: 'join3', async step() { return this.q ? 1 : skip(); } }, // error: 'maybeLater' may skip: make it optional in the inputs of 'join3'
    maybeStream: { to: 'join3', async *streaming() { yield 1; return this.q ? 1 : skip(); } }, // error: 'maybeStream' may skip: make it optional in the inputs of 'join3'
    surely: { to: 'join3', onError: 'skipping', step() { return 1; } }, // error: 'surely' may skip: make it optional in the inputs of 'join3'
    stopping: { to: 'join3', step() { return this.q ? 1 : stop(); } }, // ok
    join3: { step({ inputs }: JoinContext<S, Record<'maybe' | 'maybeLater' | 'maybeStream' | 'surely' | 'stopping', number>, T>) { void inputs; } }, // ok
    perhaps: { to: 'join4', step() { return this.q ? 1 : skip(); } }, // ok
    join4: { step({ inputs }: JoinContext<S, { perhaps?: number }, T>) { void inputs; } }, // ok
    anyName: { to: 'join5', step() { return 1; } }, // ok
    join5: { step({ inputs }: JoinContext<S, Record<string, number>, T>) { void inputs; } }, // ok
    // handlers
    m20: { onError: 'fallback', step() { return 1; } }, // error: what 'fallback' returns does not fit the output of this step
    m21: { onError: 'falback', step() { return 1; } }, // error: 'falback' is no @OnError method
    m51: { onError: 'respond', step() { return 'x'; } }, // error: 'respond' is no @OnError method
    m52: { onError: 'wantsNumber', step() {} }, // error: 'wantsNumber' is no @OnError method
    m53: { onError: 'hidden', step() {} }, // error: 'hidden' is no @OnError method
    m54: { onError: 'q', step() {} }, // error: 'q' is no @OnError method
    m55: { onError: 'fallback', step() { return 'x'; } }, // ok
    m56: { onError: 'skipping', step() { return 1; } }, // ok
    m57: { onError: 'mock', step() { return 'x'; } }, // ok
    m58: { onError: 'mock', async *streaming() { yield 'x'; } }, // ok
    m59: { onError: 'fallback', async *streaming() { yield 'x'; } }, // ok
    m60: { onError: 'counts', async *streaming() { yield 'x'; } }, // error: what 'counts' returns does not fit the output of this step
    m61: { onError: 'counts', async *streaming() { yield 1; } }, // ok
    m62: { onError: 'mock', async *streaming() { yield 1; } }, // error: what 'mock' returns does not fit the output of this step
    m63: { onError: 'counted', async *streaming() { yield 'x'; return 1; } }, // error: what 'counted' yields does not fit the tokens of this step
    // hooks
    // what the lines above lead to
    wantsNumber: { step({ input }: StepContext<S, number, T>) { void input; } }, // ok
    wantsText: { step({ input }: StepContext<S, string, T>) { void input; } }, // ok
    respond: { async *streaming() { yield 'x'; } }, // ok
  },
  onStartup: {
    m32(x: number) { void x; }, // error: a hook takes nothing, or a HookContext
    h04({ state }: RunContext<S>) { void state; }, // error: a hook takes nothing, or a HookContext
    h06: { per: 'instance', hook({ state }: StepContext<S, unknown, T>) { void state; } }, // error: a hook takes nothing, or a HookContext
    h10: { per: 'run', hook({ state }: RunContext<{ other: number }>) { void state; } }, // error: a hook with { per: 'run' } takes nothing, or a RunContext of this pipeline
    h11: { per: 'run', hook({ input }: StepContext<S, unknown, T>) { void input; } }, // error: a hook with { per: 'run' } takes nothing, or a RunContext of this pipeline
    h14: { per: 'request', hook() {} }, // error: TS2322
  },
  onShutdown: {
    h07: { per: 'run', hook({ outcome }: RunContext<S>) { void outcome; } }, // ok
    h08: { per: 'run', hook({ signal }: HookContext) { void signal; } }, // ok
    h09: { per: 'run', hook({ context }: RunContext<S, { user: string }>) { void context; } }, // error: a hook with { per: 'run' } takes nothing, or a RunContext of this pipeline
  },
  onError: {
    fallback({ error }: ErrorContext<S, T>) { return String(error); }, // ok
    skipping({ failed }: ErrorContext<S, T>) { return failed ? skip() : stop(); }, // ok
    async *mock({ signal }: ErrorContext<S, T>) { void signal; yield 'x'; }, // ok
    async *counts() { yield 1; }, // ok
    async *counted() { yield 1; return 1; }, // ok
    e01({ state }: ErrorContext<{ other: number }>) { void state; }, // error: an @OnError method takes nothing, or a Failure of this pipeline
    e02({ input }: StepContext<S, unknown, T>) { void input; }, // error: an @OnError method takes nothing, or a Failure of this pipeline
    e03(a: ErrorContext<S, T>, b: number) { void [a, b]; }, // error: an @OnError method takes nothing, or a Failure of this pipeline
  },
});
// prettier-ignore
export const Items = definePipeline({
  name: 'items',
  types: {} as { state: S; context: T },
  services: () => ({ q: '', texts: [] as string[] }),
  steps: {
    // what an item is
    i01: { to: 'numbers', step() { return [1, 2]; } }, // ok
    i02: { to: 'numbers', step() { return ['a']; } }, // error: the output of 'i02' does not fit the input of 'numbers'
    i03: { to: 'numbers', step() { return 1; } }, // error: the output of 'i03' does not fit the input of 'numbers'
    i04: { to: 'numbers', step() {} }, // error: the output of 'i04' does not fit the input of 'numbers'
    i05: { to: 'numbers', step(): ReadonlySet<number> { return new Set([1]); } }, // ok
    i06: { to: 'numbers', step() { return { async *[Symbol.asyncIterator]() { yield 1; } }; } }, // ok
    i07: { to: 'numbers', step() { return { async *[Symbol.asyncIterator]() { yield 'x'; } }; } }, // error: does not fit the input of 'numbers'
    i08: { to: 'numbers', async step(): Promise<readonly number[]> { return [1]; } }, // ok
    i09: { to: 'strings', step() { return 'text'; } }, // error: the output of 'i09' may be a string: 'strings' runs once per item of an array
    i10: { to: 'strings', step() { return this.q ? this.q : [this.q]; } }, // error: the output of 'i10' may be a string: 'strings' runs once per item of an array
    i11: { to: 'strings', async *streaming() { yield 'x'; } }, // error: the output of 'i11' may be a string
    i12: { to: 'strings', async *streaming() { yield 'x'; return ['x']; } }, // ok
    i13: { to: 'strings', step(): ReturnType<typeof JSON.parse> { return 1; } }, // ok
    i14: { to: 'counted', step() { return ['a']; } }, // ok
    i15: { to: 'counted', step() { return new Set(['a']); } }, // error: the output of 'i15' does not fit the input of 'counted'
    i16: { to: ['numbers', 'strings'], step() { return [1]; } }, // error: does not fit the input of 'strings'
    i17: { goto: 'numbers', step() { return goto('numbers', [1]); } }, // ok
    i18: { goto: 'numbers', step() { return goto('numbers', 1); } }, // error: what goto() carries does not fit the input of 'numbers'
    // parameters
    i20: { forEach({ state }: StepContext<S, unknown, T>) { void state; } }, // error: @ForEach needs one parameter of type Each<this, Item>
    i21: { forEach() {} }, // error: @ForEach needs one parameter of type Each<this, Item>
    i22: { forEach({ item }: EachContext<{ other: number }, string>) { void item; } }, // error: the parameter does not fit
    i23: { forEach({ item }: EachContext<S, string, { user: string }>) { void item; } }, // error: the parameter does not fit
    i24: { forEach(a: EachContext<S, string, T>, b: number) { void [a, b]; } }, // error: @ForEach needs one parameter of type Each<this, Item>
    i25: { forEach({ item }: EachContext<S, string, { tenant: string }>) { void item; } }, // ok
    i27: { forEach({ item }: EachContext<S, string, T>) { item.nope(); } }, // error: TS2339
    i28: { step({ item }: EachContext<S, string, T>) { void item; } }, // error: an Each parameter needs @ForEach
    i29: { async *streaming({ item }: EachContext<S, string, T>) { yield item; } }, // error: an Each parameter needs @ForEach
    i30: { cases: { a: null }, switch({ item }: EachContext<S, string, T>) { return item as 'a'; } }, // error: an Each parameter needs @ForEach
    i31: { forEach({ item, index, input, state, context }: EachContext<S, string, T>) { void [item.length, index + 1, input, state.q, context.tenant]; } }, // ok
    i32: { forEach({ input }: EachContext<S, string, T>) { return input.length; } }, // error: TS2339
    // results
    i40: { to: 'takesNumbers', forEach({ item }: EachContext<S, string, T>) { return item.length; } }, // ok
    i41: { to: 'takesNumbers', async forEach({ item }: EachContext<S, string, T>) { return item ? 1 : skip(); } }, // ok
    i42: { to: 'takesNumbers', forEach({ item }: EachContext<S, string, T>) { return item; } }, // error: the output of 'i42' does not fit the input of 'takesNumbers'
    i43: { to: 'takesNumber', forEach({ item }: EachContext<S, string, T>) { return item.length; } }, // error: the output of 'i43' does not fit the input of 'takesNumber'
    i44: { to: 'takesNumbers', forEach({ item }: EachContext<S, string, T>) { return item ? 1 : stop(); } }, // ok
    i45: { to: 'takesNumbers', forEach({ item }: EachContext<S, string, T>) { return item ? 1 : suspend<number>('how many?'); } }, // ok
    i46: { to: 'takesNumbers', forEach({ item }: EachContext<S, string, T>) { return item ? 1 : suspend<string>('how many?'); } }, // error: the output of 'i46' does not fit the input of 'takesNumbers'
    i47: { to: 'takesTexts', async *forEach({ item }: EachContext<S, string, T>) { yield item; } }, // ok
    i48: { to: 'takesNumbers', async *forEach({ item }: EachContext<S, string, T>) { yield item; } }, // error: the output of 'i48' does not fit the input of 'takesNumbers'
    i49: { to: 'takesNumbers', async *forEach({ item }: EachContext<S, string, T>) { yield item; return 1; } }, // ok
    i50: { *forEach({ item }: EachContext<S, string, T>) { yield item; } }, // error: items that stream need an async generator
    i51: { to: 'deeper', forEach({ item }: EachContext<S, string, T>) { return [item.length]; } }, // ok
    i52: { to: 'numbers', forEach({ item }: EachContext<S, string, T>) { return [item.length]; } }, // error: the output of 'i52' does not fit the input of 'numbers'
    mayber: { to: 'join', forEach({ item }: EachContext<S, string, T>) { return item ? 1 : skip(); } }, // ok
    // options and directives
    i60: { goto: 'numbers', forEach({ item }: EachContext<S, string, T>) { void item; } }, // error: a 'forEach' has no option 'goto'
    i61: { to: 'nope', forEach({ item }: EachContext<S, string, T>) { void item; } }, // error: 'nope' is no step of this class
    i62: { to: 'numbers', forEach({ item }: EachContext<S, string, T>) { return item ? 1 : goto('numbers'); } }, // error: an item can't goto() another step
    i63: { forEach({ item }: EachContext<S, string, T>) { return item ? 1 : retry(); } }, // error: retry() needs the option retry, with two attempts or more
    i64: { retry: 2, forEach({ item }: EachContext<S, string, T>) { return item ? 1 : retry({ delay: 5 }); } }, // ok
    i65: { onItemError: 'ignore', forEach({ item }: EachContext<S, string, T>) { void item; } }, // error: onItemError is 'fail', 'skip' or 'collect'
    i66: { concurrency: 4, onItemError: 'collect', retry: 2, timeout: { step: 5, idle: 1 }, maxVisits: 3, entry: true, forEach({ item }: EachContext<S, string, T>) { void item; } }, // ok
    i70: { onError: 'text', forEach({ item }: EachContext<S, string, T>) { return item; } }, // ok
    i71: { onError: 'text', forEach({ item }: EachContext<S, string, T>) { return item.length; } }, // error: what 'text' returns does not fit the output of this step
    i72: { onError: 'list', forEach({ item }: EachContext<S, string, T>) { return item; } }, // error: what 'list' returns does not fit the output of this step
    i73: { onError: 'away', forEach({ item }: EachContext<S, string, T>) { return item; } }, // error: an item can't goto() another step
    i74: { onError: 'tokens', async *forEach({ item }: EachContext<S, string, T>) { yield item.length; } }, // error: what 'tokens' returns does not fit the output of this step
    i75: { onError: 'tokens', async *forEach({ item }: EachContext<S, string, T>) { yield item; } }, // ok
    i76: { forEach({ item }: EachContext<S, string, T>) { return call(new Child(), { topic: item }); } }, // error: call() needs @SubPipeline
    // what the lines above lead to
    numbers: { forEach({ item }: EachContext<S, number, T>) { void item.toFixed(); } }, // ok
    strings: { forEach({ item }: EachContext<S, string, T>) { void item.trim(); } }, // ok
    counted: { forEach({ item, input }: EachContext<S, string, T, string[]>) { return `${item} of ${input.length}`; } }, // ok
    deeper: { forEach({ item }: EachContext<S, number[], T>) { return item.length; } }, // ok
    takesNumbers: { step({ input }: StepContext<S, number[], T>) { void input; } }, // ok
    takesTexts: { step({ input }: StepContext<S, string[], T>) { void input; } }, // ok
    takesNumber: { step({ input }: StepContext<S, number, T>) { void input; } }, // ok
    join: { step({ inputs }: JoinContext<S, { mayber: number[] }, T>) { void inputs; } }, // ok
  },
  onError: {
    text({ failed }: ErrorContext<S, T>) { return failed; }, // ok
    list({ failed }: ErrorContext<S, T>) { return [failed]; }, // ok
    away({ failed }: ErrorContext<S, T>) { return failed ? failed : goto('takesTexts', ['']); }, // ok
    async *tokens({ failed }: ErrorContext<S, T>) { yield failed; }, // ok
  },
});
// prettier-ignore
export const Routes = definePipeline({
  name: 'routes',
  types: {} as { state: S; context: unknown },
  services: () => ({ q: '' }),
  steps: {
    // keys and cases
    s01: { cases: { a: 'end', b: 'end' }, switch() { return this.q ? 'a' : 'b'; } }, // ok
    s02: { cases: { a: 'end' }, switch() { return this.q ? 'a' : 'b'; } }, // error: no case for the returned key 'b', and no default
    s03: { cases: { a: 'end', z: 'end' }, switch() { return 'a' as const; } }, // error: case 'z' is never returned
    s04: { cases: { a: 'nope' }, switch() { return 'a' as const; } }, // error: 'nope' is no step of this class
    s05: { cases: { a: 'end' }, default: 'nope', switch() { return this.q; } }, // error: 'nope' is no step of this class
    s06: { cases: { a: 'end' }, default: null, switch() { return this.q; } }, // ok
    s07: { cases: { a: 'end' }, switch() { return this.q; } }, // error: the keys have no end: only a default takes all of them
    s08: { cases: { a: null, b: 'end' }, async switch(): Promise<'a' | 'b'> { return 'a'; } }, // ok
    s09: { cases: { true: 'end', false: null }, switch() { return this.q === ''; } }, // ok
    s10: { cases: { true: 'end' }, switch() { return this.q === ''; } }, // error: no case for the returned key 'false', and no default
    s11: { cases: { 1: 'end', 2: 'end' }, switch() { return this.q ? 1 : 2; } }, // ok
    s12: { cases: { 1: 'end' }, switch() { return this.q ? 1 : 2; } }, // error: no case for the returned key '2', and no default
    s13: { cases: { 1: 'end' }, default: 'end', switch() { return this.q.length; } }, // ok
    s14: { cases: { one: 'end' }, default: 'end', switch() { return this.q.length; } }, // error: case 'one' is never returned
    s15: { cases: { a: 'end' }, switch() { return { a: 1 }; } }, // error: a switch returns a key: a string, a number or a boolean
    s16: { cases: { a: 'end' }, switch() { if (this.q) return 'a'; } }, // error: a switch returns a key: a string, a number or a boolean
    s17: { cases: { a: 'end' }, switch() {} }, // error: a switch returns a key: a string, a number or a boolean
    s18: { cases: { a: 'end' }, switch(): ReturnType<typeof JSON.parse> { return 'a'; } }, // ok
    s19: { cases: {}, default: 'end', switch() { return 'a' as const; } }, // ok
    s21: { cases: { 1: 'end' }, switch() { return this.q.length; } }, // error: the keys have no end: only a default takes all of them
    s22: { cases: { a: 'end', b: 'end' }, switch() { return this.q as `a${string}`; } }, // error: case 'b' is never returned
    s23: { cases: { a: 'end' }, to: 'end', switch() { return 'a' as const; } }, // error: a 'switch' has no option 'to'
    s24: { cases: { a: 'end' }, async *switch() { yield 'a' as const; } }, // error: a switch returns its key: it can't be a generator
    // the input is passed on
    s30: { cases: { a: 'takesNumber' }, switch({ input }: StepContext<S, number, unknown>) { void input; return 'a' as const; } }, // ok
    s31: { cases: { a: 'takesNumber' }, switch({ input }: StepContext<S, string, unknown>) { void input; return 'a' as const; } }, // error: the input of 's31', which a switch passes on, does not fit the input of 'takesNumber'
    s32: { cases: { a: 'end' }, default: 'takesNumber', switch({ input }: StepContext<S, string, unknown>) { return input; } }, // error: the input of 's32', which a switch passes on, does not fit the input of 'takesNumber'
    s33: { cases: { a: 'takesNumber' }, switch() { return 'a' as const; } }, // error: the input of 's33', which a switch passes on, does not fit
    s34: { cases: { a: 'takesNumber' }, switch({ inputs }: JoinContext<S, { s01?: number; s02: number }, unknown>) { void inputs; return 'a' as const; } }, // ok
    s35: { cases: { a: 'takesNumber' }, switch({ inputs }: JoinContext<S, { s01: number; s02: string }, unknown>) { void inputs; return 'a' as const; } }, // error: the input of 's35', which a switch passes on, does not fit
    s36: { cases: { a: 'items' }, switch({ input }: StepContext<S, string, unknown>) { void input; return 'a' as const; } }, // error: may be a string: 'items' runs once per item of an array
    s37: { cases: { a: 'items' }, switch({ input }: StepContext<S, string[], unknown>) { void input; return 'a' as const; } }, // ok
    s38: { cases: { a: 'end' }, switch({ state }: StepContext<{ other: number }>) { void state; return 'a' as const; } }, // error: the parameter does not fit
    s39: { to: 's30', step() { return 'x'; } }, // error: the output of 's39' does not fit the input of 's30'
    // directives in a switch
    s40: { cases: { a: 'end' }, switch() { return this.q ? 'a' : this.q === 'x' ? stop() : skip(); } }, // ok
    s41: { cases: { a: 'end' }, goto: 'takesNumber', switch() { return this.q ? 'a' : goto('takesNumber', 1); } }, // ok
    s42: { cases: { a: 'end' }, goto: 'takesNumber', switch() { return this.q ? 'a' : goto('takesNumber', 'x'); } }, // error: what goto() carries does not fit the input of 'takesNumber'
    s43: { cases: { a: 'end' }, switch() { return this.q ? 'a' : goto('items', ['x']); } }, // error: goto('items') is not declared: add it to the option goto
    s44: { cases: { yes: 'end', no: null }, switch() { return suspend<'yes' | 'no'>('sure?'); } }, // ok
    s45: { cases: { yes: 'end' }, switch() { return suspend<'yes' | 'no'>('sure?'); } }, // error: no case for the returned key 'no', and no default
    s46: { cases: { yes: 'end' }, switch() { return suspend('sure?'); } }, // error: a switch returns a key
    s47: { cases: { a: 'end' }, switch() { return this.q ? 'a' : retry(); } }, // error: retry() needs the option retry
    s48: { cases: { a: 'end' }, retry: 3, switch() { return this.q ? 'a' : retry(); } }, // ok
    s49: { cases: { a: 'end' }, onError: 'keyA', switch() { return 'a' as const; } }, // ok
    s50: { cases: { b: 'end' }, onError: 'keyA', switch() { return 'b' as const; } }, // error: what 'keyA' returns does not fit the output of this step
    // a join behind a switch
    s60: { cases: { a: 'join', b: 'end' }, switch({ input }: StepContext<S, number, unknown>) { return input ? 'a' : 'b'; } }, // error: 's60' may go elsewhere: make it optional in the inputs of 'join'
    s61: { cases: { a: 'join', b: null }, switch({ input }: StepContext<S, number, unknown>) { return input ? 'a' : 'b'; } }, // ok
    s62: { cases: { a: 'join', b: 'join' }, switch({ input }: StepContext<S, number, unknown>) { return input ? 'a' : 'b'; } }, // ok
    s63: { cases: { a: 'join' }, switch({ input }: StepContext<S, number, unknown>) { return input ? 'a' : skip(); } }, // error: 's63' may skip: make it optional in the inputs of 'join'
    s64: { cases: { a: 'join' }, switch({ input }: StepContext<S, number, unknown>) { void input; return 'a' as const; } }, // error: 's64' leads to 'join', whose inputs don't name it
    s65: { cases: { a: 'join' }, switch({ input }: StepContext<S, string, unknown>) { void input; return 'a' as const; } }, // error: the input of 's65', which a switch passes on, does not fit the input of 'join'
    join: { step({ inputs }: JoinContext<S, { s60: number; s61?: number; s62: number; s63: number; s65: number }, unknown>) { void inputs; } }, // ok
    end: { step() {} }, // ok
    takesNumber: { step({ input }: StepContext<S, number, unknown>) { void input; } }, // ok
    items: { forEach({ item }: EachContext<S, string, unknown>) { void item; } }, // ok
  },
  onError: {
    keyA({ error }: ErrorContext<S, unknown>) { void error; return 'a' as const; }, // ok
  },
});
// prettier-ignore
export const Parent = definePipeline({
  name: 'parent',
  types: {} as { state: S; context: U },
  services: () => ({ q: '', child: new Child(), other: new Other(), tenant: new Tenant() }),
  steps: {
    // what is called
    c01: { of: () => Child, subPipeline() { return call(this.child, { topic: '' }); } }, // ok
    c02: { of: () => Other, subPipeline() { return call(this.child, { topic: '' }); } }, // error: call() runs another class than the decorator names
    c03: { of: () => Child, subPipeline() { return call(this.child, { topc: '' }); } }, // error: TS2561
    c04: { of: () => Child, subPipeline() { return call(this.child, { topic: 1 }); } }, // error: TS2322
    c05: { of: () => Child, subPipeline() { return 1; } }, // error: a @SubPipeline method returns call(pipeline, state)
    c06: { of: () => Child, subPipeline() { return this.q ? call(this.child, { topic: '' }) : undefined; } }, // error: a @SubPipeline method returns call(pipeline, state)
    c07: { of: () => Child, subPipeline() { return this.q ? call(this.child, { topic: '' }) : skip(); } }, // ok
    c08: { of: () => Child, subPipeline() { return skip(); } }, // error: a @SubPipeline method returns call(pipeline, state)
    c09: { of: () => Child, async subPipeline() { return call(this.child, { topic: '' }); } }, // ok
    c10: { of: () => Child, async *subPipeline() { yield 1; return call(this.child, { topic: '' }); } }, // error: a @SubPipeline method returns call(): it can't be a generator
    c11: { of: () => Tenant, subPipeline() { return call(this.tenant, { topic: '' }); } }, // error: the context of this pipeline does not fit that of the sub-pipeline
    c12: { of: Child, subPipeline() { return call(this.child, { topic: '' }); } }, // error: of is a function that gives a pipeline class
    c13: { of: () => NotPipe, subPipeline() { return call(this.child, { topic: '' }); } }, // error: of is a function that gives a pipeline class
    c14: { step() { return call(this.child, { topic: '' }); } }, // error: call() needs @SubPipeline
    c15: { cases: { a: null }, switch() { return this.q ? 'a' : call(this.child, { topic: 'a' }); } }, // error: a switch returns a key
    c16: { of: () => Child, subPipeline() { return this.q ? call(this.child, { topic: '' }) : call(this.other, { topic: '' }); } }, // ok
    c17: { of: () => Other, subPipeline() { return this.q ? call(this.child, { topic: '' }) : call(this.other, { topic: '' }); } }, // error: call() runs another class than the decorator names
    // edges
    c20: { of: () => Child, to: 'takesChild', subPipeline() { return call(this.child, { topic: '' }); } }, // ok
    c21: { of: () => Child, to: 'takesNumber', subPipeline() { return call(this.child, { topic: '' }); } }, // error: the output of 'c21' does not fit the input of 'takesNumber'
    c22: { of: () => Child, to: 'nope', subPipeline() { return call(this.child, { topic: '' }); } }, // error: 'nope' is no step of this class
    c23: { of: () => Child, to: 'takesChild', goto: 'takesNumber', subPipeline() { return this.q ? call(this.child, { topic: '' }) : goto('takesNumber', 1); } }, // ok
    c24: { of: () => Child, to: 'takesChild', subPipeline() { return this.q ? call(this.child, { topic: '' }) : goto('takesNumber', 1); } }, // error: goto('takesNumber') is not declared
    c25: { of: () => Child, subPipeline() { return this.q ? call(this.child, { topic: '' }) : retry(); } }, // error: retry() needs the option retry
    c26: { of: () => Child, retry: 2, subPipeline() { return this.q ? call(this.child, { topic: '' }) : retry(); } }, // ok
    c27: { of: () => Child, onError: 'topic', subPipeline() { return call(this.child, { topic: '' }); } }, // ok
    c28: { of: () => Child, onError: 'text', subPipeline() { return call(this.child, { topic: '' }); } }, // error: what 'text' returns does not fit the output of this step
    c29: { of: () => Child, subPipeline({ input }: StepContext<S, string, U>) { return call(this.child, { topic: input }); } }, // ok
    c30: { of: () => Child, subPipeline({ inputs }: JoinContext<S, { c29: { topic: string }; c28: { topic: string } }, U>) { return call(this.child, inputs.c29); } }, // ok
    c31: { of: () => Child, subPipeline({ state }: StepContext<{ other: number }>) { void state; return call(this.child, { topic: '' }); } }, // error: the parameter does not fit
    c33: { of: () => Child, timeout: { idle: 5 }, subPipeline() { return call(this.child, { topic: '' }); } }, // error: only a step that streams has limits for its tokens
    c34: { of: () => Child, timeout: { step: 5 }, concurrency: 2, maxVisits: 3, subPipeline() { return call(this.child, { topic: '' }); } }, // ok
    // one per item
    c40: { of: () => Child, each: true, to: 'takesChildren', subPipeline({ item }: EachContext<S, string, U>) { return call(this.child, { topic: item }); } }, // ok
    c41: { of: () => Child, each: true, to: 'takesChild', subPipeline({ item }: EachContext<S, string, U>) { return call(this.child, { topic: item }); } }, // error: the output of 'c41' does not fit the input of 'takesChild'
    c42: { of: () => Child, subPipeline({ item }: EachContext<S, string, U>) { return call(this.child, { topic: item }); } }, // error: an Each parameter needs the option each
    c43: { of: () => Child, each: true, subPipeline({ input }: StepContext<S, string, U>) { return call(this.child, { topic: input }); } }, // error: each: true needs one parameter of type Each<this, Item>
    c44: { of: () => Child, each: true, goto: 'takesChild', subPipeline({ item }: EachContext<S, string, U>) { return call(this.child, { topic: item }); } }, // error: the option goto is of no use with each: true
    c45: { of: () => Child, each: true, to: 'takesChildren', subPipeline({ item }: EachContext<S, string, U>) { return item ? call(this.child, { topic: item }) : goto('takesChildren', []); } }, // error: an item can't goto() another step
    c46: { of: () => Child, each: true, concurrency: 3, onItemError: 'skip', subPipeline({ item }: EachContext<S, string, U>) { return item ? call(this.child, { topic: item }) : skip(); } }, // ok
    c47: { of: () => Child, onItemError: 'skip', subPipeline() { return call(this.child, { topic: '' }); } }, // error: onItemError needs each: true
    c48: { of: () => Child, each: false, subPipeline() { return call(this.child, { topic: '' }); } }, // ok
    c49: { of: () => Other, each: true, subPipeline({ item }: EachContext<S, string, U>) { return call(this.child, { topic: item }); } }, // error: call() runs another class than the decorator names
    c50: { of: () => Child, each: true, onError: 'topic', subPipeline({ item }: EachContext<S, string, U>) { return call(this.child, { topic: item }); } }, // ok
    c51: { to: 'c40', step() { return [1]; } }, // error: the output of 'c51' does not fit the input of 'c40'
    c52: { to: 'c40', step() { return ['x']; } }, // ok
    takesChild: { step({ input }: StepContext<S, { topic: string }, U>) { void input; } }, // ok
    takesChildren: { step({ input }: StepContext<S, { topic: string }[], U>) { void input; } }, // ok
    takesNumber: { step({ input }: StepContext<S, number, U>) { void input; } }, // ok
  },
  onError: {
    topic({ failed }: ErrorContext<S, U>) { return { topic: failed }; }, // ok
    text({ failed }: ErrorContext<S, U>) { return failed; }, // ok
  },
});

// Nothing in it waits for its context: the compiler then infers everything at once.
// prettier-ignore
export const Annotated = definePipeline({
  name: 'annotated',
  types: {} as { state: S },
  steps: {
    b01: { step({ state }: StepContext<{ other: number }>) { state.other; } }, // error: the parameter does not fit
    b02: { step(a: StepContext<S>, b: number) { void [a, b]; } }, // error: a step takes one parameter, its context
    b03: { async *streaming(a: StepContext<S>, b: number) { yield 'x'; return { a: [a, b] }; } }, // error: a step takes one parameter, its context
    b04: { to: 'b05', async *streaming() { yield 'x'; return { a: [1] }; } }, // ok
    b05: { async step({ input }: StepContext<S, { a: number[] }>) { void input; } }, // ok
    b06: { to: 'b05', step: () => ({ a: ['x'] }) }, // error: the output of 'b06' does not fit the input of 'b05'
    b07: { to: 'b07' }, // error: a step has a method: step, streaming, forEach, switch or subPipeline
    b08: { step() {}, streaming() {} }, // error: a 'step' has no option 'streaming'
    b09: { run() {}, step() {} }, // error: a 'step' has no option 'run'
    b10: { step: 'b05' }, // error: 'step' is a method
    b11: 7, // error: a step has a method
    b12: ({ input }: StepContext<S, string>) => input, // ok
    b13: ({ state }: StepContext<{ other: number }>) => state.other, // error: the parameter does not fit
    async *b14() { yield 'x'; }, // error: a generator needs @Streaming
    b15: { to: 'b12', step: () => 1 }, // error: the output of 'b15' does not fit the input of 'b12'
    close() {}, // error: 'close' is a member of Pipeline
  },
  onError: {
    async *mock({ signal }: ErrorContext<S>) { void signal; yield 'x'; }, // ok
    again(): ReturnType<typeof retry> { return retry(); }, // error: an @OnError method must not return retry(), suspend() or call()
  },
});

// prettier-ignore
export const Inferred = definePipeline({
  name: 'inferred',
  types: {} as { state: S; context: T },
  services: (client: { ask(question: string): string }) => ({ client, opened: false }),
  steps: {
    d01: { to: 'd02', step({ state, context, signal, emit }) { emit('x'); signal.throwIfAborted(); return this.client.ask(state.q + context.tenant); } }, // ok
    d02({ input }) { return input.length; }, // error: TS18046
    d03: { step({ state }) { return state.nope; } }, // error: TS2339
    d04: { step() { return this.nope; } }, // error: TS2339
    d05: { retry: { attempts: 2, when: (error, { tokens }) => tokens === 0 && error instanceof Error }, step() {} }, // ok
    d06: { middleware: async (context, next) => { context.emit(context.kind); return next(); }, step() {} }, // ok
    d07: { forEach({ item, index }) { return [item, index.toFixed()]; } }, // ok
    d08: { to: 'd07', step: () => 1 }, // error: the output of 'd08' does not fit the input of 'd07'
    d09: { to: 'd07', step: () => [1] }, // ok
  },
  onStartup: {
    connect({ signal }) { signal.throwIfAborted(); this.opened = true; }, // ok
    early() { this.opend = true; }, // error: TS2551
    greet: { per: 'run', hook({ state, context }) { state.q += context.tenant; } }, // ok
    never: { per: 'request', hook() {} }, // error: per is 'instance' or 'run'
    none: {}, // error: a hook is a method, or { per, hook() { … } }
  },
  onError: {
    look({ error, failed, state }) { state.q = `${failed} ${String(error)}`; }, // ok
    text: 'none', // error: TS2322
  },
});

definePipeline({ steps: { a: { step() {} } } }); // error: Property 'name' is missing
definePipeline({ name: 'x' }); // error: Property 'steps' is missing
definePipeline({ name: 'x', stpes: {}, steps: {} }); // error: TS2561
definePipeline({ name: 'x', steps: {}, hookTimeout: 'long' }); // error: TS2322
definePipeline({ name: 'x', types: {} as { state: S }, merge: { p: 'sum' }, steps: {} }); // error: TS2353
definePipeline({
  name: 'x',
  types: {} as { state: S },
  merge: { q: (base, committed, mine) => base + committed.trim() + mine },
  steps: {},
}); // ok
definePipeline({ name: 'x', services: async () => ({ q: '' }), steps: {} }); // error: services are made at once
definePipeline({ name: 'x', services: () => ({ a: '' }), steps: { a: { step: () => 1 } } }); // error: 'a' is a step: a service needs another name
new Child().run({ topic: 1 }); // error: TS2322
new Child(1); // error: TS2554
new Inferred(); // error: TS2554
new Inferred({ ask: () => 1 }); // error: TS2322
new Inferred({ ask: () => '' }).run({ q: '' }); // error: TS2554
