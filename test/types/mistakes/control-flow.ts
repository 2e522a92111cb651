// Each line says what the compiler must answer; `mistakes.test.ts` compiles this file in both dialects and compares.
import { ForEach, OnError, Pipeline, Step, Streaming, SubPipeline, Switch } from 'stepstream';
import { call, goto, retry, skip, stop, suspend } from 'stepstream';
import type {
  Ctx,
  Each,
  EachContext,
  Failure,
  Goto,
  Join,
  OutputOf,
  StandardSchema,
  StepContext,
  StepOptions,
} from 'stepstream';

interface S {
  q: string;
}

// prettier-ignore
export class Items extends Pipeline<S, { tenant: string }> {
  q = '';
  texts: string[] = [];

  // what an item is
  @Step({ to: 'numbers' }) i01() { return [1, 2]; } // ok
  @Step({ to: 'numbers' }) i02() { return ['a']; } // error: the output of 'i02' does not fit the input of 'numbers'
  @Step({ to: 'numbers' }) i03() { return 1; } // error: the output of 'i03' does not fit the input of 'numbers'
  @Step({ to: 'numbers' }) i04() {} // error: the output of 'i04' does not fit the input of 'numbers'
  @Step({ to: 'numbers' }) i05(): ReadonlySet<number> { return new Set([1]); } // ok
  @Step({ to: 'numbers' }) i06() { return { async *[Symbol.asyncIterator]() { yield 1; } }; } // ok
  @Step({ to: 'numbers' }) i07() { return { async *[Symbol.asyncIterator]() { yield 'x'; } }; } // error: does not fit the input of 'numbers'
  @Step({ to: 'numbers' }) async i08(): Promise<readonly number[]> { return [1]; } // ok
  @Step({ to: 'strings' }) i09() { return 'text'; } // error: the output of 'i09' may be a string: 'strings' runs once per item of an array
  @Step({ to: 'strings' }) i10() { return this.q ? this.q : [this.q]; } // error: the output of 'i10' may be a string: 'strings' runs once per item of an array
  @Streaming({ to: 'strings' }) async *i11() { yield 'x'; } // error: the output of 'i11' may be a string
  @Streaming({ to: 'strings' }) async *i12() { yield 'x'; return ['x']; } // ok
  @Step({ to: 'strings' }) i13(): ReturnType<typeof JSON.parse> { return 1; } // ok
  @Step({ to: 'counted' }) i14() { return ['a']; } // ok
  @Step({ to: 'counted' }) i15() { return new Set(['a']); } // error: the output of 'i15' does not fit the input of 'counted'
  @Step({ to: ['numbers', 'strings'] }) i16() { return [1]; } // error: does not fit the input of 'strings'
  @Step({ goto: 'numbers' }) i17() { return goto('numbers', [1]); } // ok
  @Step({ goto: 'numbers' }) i18() { return goto('numbers', 1); } // error: what goto() carries does not fit the input of 'numbers'

  // parameters
  @ForEach() i20({ state }: Ctx<this>) { void state; } // error: @ForEach needs one parameter of type Each<this, Item>
  @ForEach() i21() {} // error: @ForEach needs one parameter of type Each<this, Item>
  @ForEach() i22({ item }: EachContext<{ other: number }, string>) { void item; } // error: the parameter does not fit
  @ForEach() i23({ item }: EachContext<S, string, { user: string }>) { void item; } // error: the parameter does not fit
  @ForEach() i24(a: Each<Items, string>, b: number) { void [a, b]; } // error: @ForEach needs one parameter of type Each<this, Item>
  @ForEach() i25({ item }: EachContext<S, string, { tenant: string }>) { void item; } // ok
  @ForEach() i26({ item }: Each<this, string, number[]>) { void item; } // error: TS2344
  @ForEach() i27({ item }: Each<this, string>) { item.nope(); } // error: TS2339
  @Step() i28({ item }: Each<this, string>) { void item; } // error: an Each parameter needs @ForEach
  @Streaming() async *i29({ item }: Each<this, string>) { yield item; } // error: an Each parameter needs @ForEach
  @Switch({ cases: { a: null } }) i30({ item }: Each<this, string>) { return item as 'a'; } // error: an Each parameter needs @ForEach
  @ForEach() i31({ item, index, input, state, context }: Each<this, string>) { void [item.length, index + 1, input, state.q, context.tenant]; } // ok
  @ForEach() i32({ input }: Each<this, string>) { return input.length; } // error: TS2339

  // results
  @ForEach({ to: 'takesNumbers' }) i40({ item }: Each<this, string>) { return item.length; } // ok
  @ForEach({ to: 'takesNumbers' }) async i41({ item }: Each<this, string>) { return item ? 1 : skip(); } // ok
  @ForEach({ to: 'takesNumbers' }) i42({ item }: Each<this, string>) { return item; } // error: the output of 'i42' does not fit the input of 'takesNumbers'
  @ForEach({ to: 'takesNumber' }) i43({ item }: Each<this, string>) { return item.length; } // error: the output of 'i43' does not fit the input of 'takesNumber'
  @ForEach({ to: 'takesNumbers' }) i44({ item }: Each<this, string>) { return item ? 1 : stop(); } // ok
  @ForEach({ to: 'takesNumbers' }) i45({ item }: Each<this, string>) { return item ? 1 : suspend<number>('how many?'); } // ok
  @ForEach({ to: 'takesNumbers' }) i46({ item }: Each<this, string>) { return item ? 1 : suspend<string>('how many?'); } // error: the output of 'i46' does not fit the input of 'takesNumbers'
  @ForEach({ to: 'takesTexts' }) async *i47({ item }: Each<this, string>) { yield item; } // ok
  @ForEach({ to: 'takesNumbers' }) async *i48({ item }: Each<this, string>) { yield item; } // error: the output of 'i48' does not fit the input of 'takesNumbers'
  @ForEach({ to: 'takesNumbers' }) async *i49({ item }: Each<this, string>) { yield item; return 1; } // ok
  @ForEach() *i50({ item }: Each<this, string>) { yield item; } // error: items that stream need an async generator
  @ForEach({ to: 'deeper' }) i51({ item }: Each<this, string>) { return [item.length]; } // ok
  @ForEach({ to: 'numbers' }) i52({ item }: Each<this, string>) { return [item.length]; } // error: the output of 'i52' does not fit the input of 'numbers'
  @ForEach({ to: 'join' }) mayber({ item }: Each<this, string>) { return item ? 1 : skip(); } // ok

  // options and directives
  @ForEach({ goto: 'numbers' }) i60({ item }: Each<this, string>) { void item; } // error: TS2353
  @ForEach({ to: 'nope' }) i61({ item }: Each<this, string>) { void item; } // error: 'nope' is no step of this class
  @ForEach({ to: 'numbers' }) i62({ item }: Each<this, string>) { return item ? 1 : goto('numbers'); } // error: an item can't goto() another step
  @ForEach() i63({ item }: Each<this, string>) { return item ? 1 : retry(); } // error: retry() needs the option retry, with two attempts or more
  @ForEach({ retry: 2 }) i64({ item }: Each<this, string>) { return item ? 1 : retry({ delay: 5 }); } // ok
  @ForEach({ onItemError: 'ignore' }) i65({ item }: Each<this, string>) { void item; } // error: TS2322
  @ForEach({ concurrency: 4, onItemError: 'collect', retry: 2, timeout: { step: 5, idle: 1 }, maxVisits: 3, entry: true }) i66({ item }: Each<this, string>) { void item; } // ok
  @ForEach() private i67({ item }: Each<this, string>) { void item; } // error: a step must be a public method
  @ForEach() static i68({ item }: Each<Items, string>) { void item; } // error: a step must not be static
  @ForEach() i69 = 1; // error: only for methods
  @ForEach({ onError: 'text' }) i70({ item }: Each<this, string>) { return item; } // ok
  @ForEach({ onError: 'text' }) i71({ item }: Each<this, string>) { return item.length; } // error: what 'text' returns does not fit the output of this step
  @ForEach({ onError: 'list' }) i72({ item }: Each<this, string>) { return item; } // error: what 'list' returns does not fit the output of this step
  @ForEach({ onError: 'away' }) i73({ item }: Each<this, string>) { return item; } // error: an item can't goto() another step
  @ForEach({ onError: 'tokens' }) async *i74({ item }: Each<this, string>) { yield item.length; } // error: what 'tokens' returns does not fit the output of this step
  @ForEach({ onError: 'tokens' }) async *i75({ item }: Each<this, string>) { yield item; } // ok
  @ForEach() i76({ item }: Each<this, string>) { return call(new Child(), { topic: item }); } // error: call() needs @SubPipeline

  // what the lines above lead to
  @ForEach() numbers({ item }: Each<this, number>) { void item.toFixed(); } // ok
  @ForEach() strings({ item }: Each<this, string>) { void item.trim(); } // ok
  @ForEach() counted({ item, input }: Each<this, string, string[]>) { return `${item} of ${input.length}`; } // ok
  @ForEach() deeper({ item }: Each<this, number[]>) { return item.length; } // ok
  @Step() takesNumbers({ input }: Ctx<this, number[]>) { void input; } // ok
  @Step() takesTexts({ input }: Ctx<this, string[]>) { void input; } // ok
  @Step() takesNumber({ input }: Ctx<this, number>) { void input; } // ok
  @Step() join({ inputs }: Join<this, { mayber: number[] }>) { void inputs; } // ok
  @OnError() text({ failed }: Failure<this>) { return failed; } // ok
  @OnError() list({ failed }: Failure<this>) { return [failed]; } // ok
  @OnError() away({ failed }: Failure<this>) { return failed ? failed : goto('takesTexts', ['']); } // ok
  @OnError() async *tokens({ failed }: Failure<this>) { yield failed; } // ok
}

// prettier-ignore
export class Routes extends Pipeline<S> {
  q = '';

  // keys and cases
  @Switch({ cases: { a: 'end', b: 'end' } }) s01() { return this.q ? 'a' : 'b'; } // ok
  @Switch({ cases: { a: 'end' } }) s02() { return this.q ? 'a' : 'b'; } // error: no case for the returned key 'b', and no default
  @Switch({ cases: { a: 'end', z: 'end' } }) s03() { return 'a' as const; } // error: case 'z' is never returned
  @Switch({ cases: { a: 'nope' } }) s04() { return 'a' as const; } // error: 'nope' is no step of this class
  @Switch({ cases: { a: 'end' }, default: 'nope' }) s05() { return this.q; } // error: 'nope' is no step of this class
  @Switch({ cases: { a: 'end' }, default: null }) s06() { return this.q; } // ok
  @Switch({ cases: { a: 'end' } }) s07() { return this.q; } // error: the keys have no end: only a default takes all of them
  @Switch({ cases: { a: null, b: 'end' } }) async s08(): Promise<'a' | 'b'> { return 'a'; } // ok
  @Switch({ cases: { true: 'end', false: null } }) s09() { return this.q === ''; } // ok
  @Switch({ cases: { true: 'end' } }) s10() { return this.q === ''; } // error: no case for the returned key 'false', and no default
  @Switch({ cases: { 1: 'end', 2: 'end' } }) s11() { return this.q ? 1 : 2; } // ok
  @Switch({ cases: { 1: 'end' } }) s12() { return this.q ? 1 : 2; } // error: no case for the returned key '2', and no default
  @Switch({ cases: { 1: 'end' }, default: 'end' }) s13() { return this.q.length; } // ok
  @Switch({ cases: { one: 'end' }, default: 'end' }) s14() { return this.q.length; } // error: case 'one' is never returned
  @Switch({ cases: { a: 'end' } }) s15() { return { a: 1 }; } // error: a switch returns a key: a string, a number or a boolean
  @Switch({ cases: { a: 'end' } }) s16() { if (this.q) return 'a'; } // error: a switch returns a key: a string, a number or a boolean
  @Switch({ cases: { a: 'end' } }) s17() {} // error: a switch returns a key: a string, a number or a boolean
  @Switch({ cases: { a: 'end' } }) s18(): ReturnType<typeof JSON.parse> { return 'a'; } // ok
  @Switch({ cases: {}, default: 'end' }) s19() { return 'a' as const; } // ok
  @Switch({ cases: { 1: 'end' } }) s21() { return this.q.length; } // error: the keys have no end: only a default takes all of them
  @Switch({ cases: { a: 'end', b: 'end' } }) s22() { return this.q as `a${string}`; } // error: case 'b' is never returned
  @Switch({ cases: { a: 'end' }, to: 'end' }) s23() { return 'a' as const; } // error: TS2353
  @Switch({ cases: { a: 'end' } }) async *s24() { yield 'a' as const; } // error: a switch returns its key: it can't be a generator
  @Switch({ cases: { a: 'end' } }) private s25() { return 'a' as const; } // error: a step must be a public method
  @Switch({ cases: { a: 'end' } }) s26 = 'a'; // error: only for methods

  // the input is passed on
  @Switch({ cases: { a: 'takesNumber' } }) s30({ input }: Ctx<this, number>) { void input; return 'a' as const; } // ok
  @Switch({ cases: { a: 'takesNumber' } }) s31({ input }: Ctx<this, string>) { void input; return 'a' as const; } // error: the input of 's31', which a switch passes on, does not fit the input of 'takesNumber'
  @Switch({ cases: { a: 'end' }, default: 'takesNumber' }) s32({ input }: Ctx<this, string>) { return input; } // error: the input of 's32', which a switch passes on, does not fit the input of 'takesNumber'
  @Switch({ cases: { a: 'takesNumber' } }) s33() { return 'a' as const; } // error: the input of 's33', which a switch passes on, does not fit
  @Switch({ cases: { a: 'takesNumber' } }) s34({ inputs }: Join<this, { s01?: number; s02: number }>) { void inputs; return 'a' as const; } // ok
  @Switch({ cases: { a: 'takesNumber' } }) s35({ inputs }: Join<this, { s01: number; s02: string }>) { void inputs; return 'a' as const; } // error: the input of 's35', which a switch passes on, does not fit
  @Switch({ cases: { a: 'items' } }) s36({ input }: Ctx<this, string>) { void input; return 'a' as const; } // error: may be a string: 'items' runs once per item of an array
  @Switch({ cases: { a: 'items' } }) s37({ input }: Ctx<this, string[]>) { void input; return 'a' as const; } // ok
  @Switch({ cases: { a: 'end' } }) s38({ state }: StepContext<{ other: number }>) { void state; return 'a' as const; } // error: the parameter does not fit
  @Step({ to: 's30' }) s39() { return 'x'; } // error: the output of 's39' does not fit the input of 's30'

  // directives in a switch
  @Switch({ cases: { a: 'end' } }) s40() { return this.q ? 'a' : this.q === 'x' ? stop() : skip(); } // ok
  @Switch({ cases: { a: 'end' }, goto: 'takesNumber' }) s41() { return this.q ? 'a' : goto('takesNumber', 1); } // ok
  @Switch({ cases: { a: 'end' }, goto: 'takesNumber' }) s42() { return this.q ? 'a' : goto('takesNumber', 'x'); } // error: what goto() carries does not fit the input of 'takesNumber'
  @Switch({ cases: { a: 'end' } }) s43() { return this.q ? 'a' : goto('items', ['x']); } // error: goto('items') is not declared: add it to the option goto
  @Switch({ cases: { yes: 'end', no: null } }) s44() { return suspend<'yes' | 'no'>('sure?'); } // ok
  @Switch({ cases: { yes: 'end' } }) s45() { return suspend<'yes' | 'no'>('sure?'); } // error: no case for the returned key 'no', and no default
  @Switch({ cases: { yes: 'end' } }) s46() { return suspend('sure?'); } // error: a switch returns a key
  @Switch({ cases: { a: 'end' } }) s47() { return this.q ? 'a' : retry(); } // error: retry() needs the option retry
  @Switch({ cases: { a: 'end' }, retry: 3 }) s48() { return this.q ? 'a' : retry(); } // ok
  @Switch({ cases: { a: 'end' }, onError: 'keyA' }) s49() { return 'a' as const; } // ok
  @Switch({ cases: { b: 'end' }, onError: 'keyA' }) s50() { return 'b' as const; } // error: what 'keyA' returns does not fit the output of this step

  // a join behind a switch
  @Switch({ cases: { a: 'join', b: 'end' } }) s60({ input }: Ctx<this, number>) { return input ? 'a' : 'b'; } // error: 's60' may go elsewhere: make it optional in the inputs of 'join'
  @Switch({ cases: { a: 'join', b: null } }) s61({ input }: Ctx<this, number>) { return input ? 'a' : 'b'; } // ok
  @Switch({ cases: { a: 'join', b: 'join' } }) s62({ input }: Ctx<this, number>) { return input ? 'a' : 'b'; } // ok
  @Switch({ cases: { a: 'join' } }) s63({ input }: Ctx<this, number>) { return input ? 'a' : skip(); } // error: 's63' may skip: make it optional in the inputs of 'join'
  @Switch({ cases: { a: 'join' } }) s64({ input }: Ctx<this, number>) { void input; return 'a' as const; } // error: 's64' leads to 'join', whose inputs don't name it
  @Switch({ cases: { a: 'join' } }) s65({ input }: Ctx<this, string>) { void input; return 'a' as const; } // error: the input of 's65', which a switch passes on, does not fit the input of 'join'
  @Step() join({ inputs }: Join<this, { s60: number; s61?: number; s62: number; s63: number; s65: number }>) { void inputs; } // ok

  @Step() end() {} // ok
  @Step() takesNumber({ input }: Ctx<this, number>) { void input; } // ok
  @ForEach() items({ item }: Each<this, string>) { void item; } // ok
  @OnError() keyA({ error }: Failure<this>) { void error; return 'a' as const; } // ok
}

declare const yesNo: StandardSchema<'yes' | 'no'>;
declare const numeric: StandardSchema<number>;
declare const anything: StandardSchema<ReturnType<typeof JSON.parse>>;

// prettier-ignore
export class Steering extends Pipeline<S> {
  q = '';

  // goto
  @Step({ goto: 'takesNumber' }) g01() { return goto('takesNumber', 1); } // ok
  @Step() g02() { return goto('nope'); } // error: 'nope' is no step of this class
  @Step() g03() { return goto('end'); } // error: goto('end') is not declared: add it to the option goto
  @Step({ goto: 'takesNumber' }) g04() { return goto('takesNumber', 'x'); } // error: what goto() carries does not fit the input of 'takesNumber'
  @Step({ goto: 'takesNumber' }) g05() { return goto('takesNumber'); } // error: what goto() carries does not fit the input of 'takesNumber'
  @Step({ goto: ['end', 'nope'] }) g06() { return goto('end'); } // error: 'nope' is no step of this class
  @Step({ to: 'end' }) g07() { return this.q ? 1 : goto('end'); } // ok
  @Step({ to: 'end', goto: ['takesNumber', 'g01'] }) async g08() { return this.q ? goto('takesNumber', 1) : this.q === 'x' ? goto('g01') : undefined; } // ok
  @Step({ to: 'end' }) g09() { return this.q ? 'x' : goto('takesNumber', 1); } // error: goto('takesNumber') is not declared: add it to the option goto
  @Streaming({ goto: 'g10' }) async *g10() { yield 'x'; return this.q ? goto('g10') : undefined; } // ok
  @Streaming() async *g11() { yield 'x'; return goto('end'); } // error: goto('end') is not declared: add it to the option goto
  @Step({ to: 'takesNumber', goto: 'end' }) g12() { return this.q ? 'x' : goto('end'); } // error: the output of 'g12' does not fit the input of 'takesNumber'
  @Step({ goto: 'priv' }) g13() {} // error: 'priv' is no step of this class
  @Step({ goto: ['end', 'takesNumber'] }) g14() { return goto(this.q ? 'end' : 'takesNumber', 1); } // ok
  @Step({ goto: 'end' }) g15(): Goto { return goto('end'); } // error: is no step of this class

  // a join behind goto
  @Step({ to: 'join', goto: 'end' }) g20() { return this.q ? 1 : goto('end'); } // error: 'g20' may go elsewhere: make it optional in the inputs of 'join'
  @Step({ to: 'end', goto: 'join' }) g21() { return this.q ? 1 : goto('join', 1); } // error: 'g21' may go elsewhere: make it optional in the inputs of 'join'
  @Step({ to: 'end', goto: 'join' }) g22() { return this.q ? 1 : goto('join', 1); } // ok
  @Step({ goto: 'join' }) g23() { return goto('join', 1); } // ok
  @Step({ goto: 'join' }) g24() { return goto('join', 'x'); } // error: what goto() carries does not fit the input of 'join'
  @Step({ goto: 'join' }) g25() { return goto('join', 1); } // error: 'g25' leads to 'join', whose inputs don't name it
  @Step({ to: 'join' }) g26() { return this.q ? 1 : goto('join', 2); } // ok
  @Step({ to: 'join', goto: 'end', onError: 'toEnd' }) g27() { return 1; } // error: 'g27' may go elsewhere: make it optional in the inputs of 'join'
  @Step({ to: 'join' }) g28() { return this.q ? 1 : stop(); } // ok
  @Step({ to: 'join', retry: 2 }) g29() { return this.q ? 1 : retry(); } // ok
  @Step() join({ inputs }: Join<this, { g20: number; g21: number; g22?: number; g23: number; g24: number; g26: number; g27: number; g28: number; g29: number }>) { void inputs; } // ok

  // retry
  @Step() r01() { return retry(); } // error: retry() needs the option retry, with two attempts or more
  @Step({ retry: 1 }) r02() { return retry(); } // error: retry() needs the option retry, with two attempts or more
  @Step({ retry: { attempts: 1 } }) r03() { return retry(); } // error: retry() needs the option retry, with two attempts or more
  @Step({ retry: 2 }) r04() { return this.q ? 1 : retry(); } // ok
  @Step({ retry: { attempts: 3, delay: 100, backoff: 2, jitter: true } }) async r05() { return this.q ? 1 : retry({ delay: 5 }); } // ok
  @Streaming({ retry: 2 }) async *r06() { yield 1; return retry(); } // ok
  @Streaming() async *r07() { yield 1; return retry(); } // error: retry() needs the option retry, with two attempts or more
  @Step({ retry: { attempts: 3, dely: 100 } }) r08() {} // error: TS2561
  @Step({ retry: { delay: 5 } }) r09() { return 1; } // error: Property 'attempts' is missing
  @Step({ retry: ATTEMPTS }) r10() { return retry(); } // ok
  @Step({ retry: 2 }) r11() { return retry({ dely: 1 }); } // error: TS2561
  @Step({ to: 'takesNumber', retry: 2 }) r12() { return this.q ? 1 : retry(); } // ok

  // suspend
  @Step({ to: 'takesNumber' }) a01() { return suspend<number>('how many?'); } // ok
  @Step({ to: 'takesNumber' }) a02() { return suspend<string>('how many?'); } // error: the output of 'a02' does not fit the input of 'takesNumber'
  @Step({ to: 'takesNumber' }) a03() { return suspend('how many?'); } // error: the output of 'a03' does not fit the input of 'takesNumber'
  @Step({ to: 'takesNumber' }) a04() { return suspend('how many?', { answer: numeric }); } // ok
  @Step({ to: 'takesNumber' }) a05() { return suspend('how many?', { answer: yesNo }); } // error: the output of 'a05' does not fit the input of 'takesNumber'
  @Step() a06() { return suspend<string>('how many?', { answer: numeric }); } // error: TS2322
  @Step({ answer: yesNo }) a07() { return suspend<'yes' | 'no' | 'maybe'>('sure?'); } // ok
  @Step({ answer: yesNo }) a08() { return suspend<'yes'>('sure?'); } // error: what the schema in the option answer gives does not fit the answer that suspend() waits for
  @Step({ answer: yesNo }) a09() { return 1; } // error: the option answer is of no use: this step never returns suspend()
  @Step({ answer: yesNo }) a10() { return this.q ? suspend('sure?', { answer: yesNo, expiresIn: 5 }) : 'yes'; } // ok
  @Step({ answer: yesNo }) a11() { return suspend('sure?'); } // ok
  @Step({ answer: anything }) a12() { return suspend<number>('how many?'); } // ok
  @Step({ answer: { validate: () => 1 } }) a13() { return suspend<number>('how many?'); } // error: TS2353
  @Step() a14() { return suspend('how many?', { expires: 5 }); } // error: TS2561
  @Streaming({ to: 'takesNumber' }) async *a15() { yield 'x'; return suspend<number>('how many?'); } // ok
  @Streaming({ to: 'takesText' }) async *a16() { yield 'x'; if (this.q) return suspend<number>('how many?'); } // error: the output of 'a16' does not fit the input of 'takesText'
  @ForEach({ answer: numeric }) a17({ item }: Each<this, string>) { return item ? suspend<number>(item) : 0; } // ok
  @Switch({ cases: { yes: 'end', no: 'end' }, answer: yesNo }) a18() { return suspend<'yes' | 'no'>('sure?'); } // ok
  @Switch({ cases: { yes: 'end' }, answer: yesNo }) a19() { return suspend<'yes'>('sure?'); } // error: what the schema in the option answer gives does not fit

  // handlers steer, but begin nothing
  @OnError() h01() { return retry(); } // error: an @OnError method must not return retry(), suspend() or call()
  @OnError() async h02() { return this.q ? 1 : suspend('help!'); } // error: an @OnError method must not return retry(), suspend() or call()
  @OnError() private h03() { return call(new Child(), { topic: '' }); } // error: an @OnError method must not return retry(), suspend() or call()
  @Step({ onError: 'toEnd' }) h04() { return 1; } // error: goto('end') is not declared: add it to the option goto
  @Step({ onError: 'toEnd', to: 'end' }) h05() { return 1; } // ok
  @Step({ onError: 'toEnd', goto: 'end' }) h06() { return 1; } // ok
  @OnError() toEnd({ failed }: Failure<this>) { return failed ? 1 : goto('end'); } // ok
  @OnError() catchAll({ failed }: Failure<this>) { return failed ? skip() : goto('end'); } // ok

  @Step() end() {} // ok
  @Step() takesNumber({ input }: Ctx<this, number>) { void input; } // ok
  @Step() takesText({ input }: Ctx<this, string>) { void input; } // ok
  private priv() {}
}
declare const ATTEMPTS: number;

// prettier-ignore
export class Child extends Pipeline<{ topic: string }> { @Step() go() {} } // ok
// prettier-ignore
export class Other extends Pipeline<{ topic: string }> { @Step() go() {} @Step() stay() {} } // ok
// prettier-ignore
export class Tenant extends Pipeline<{ topic: string }, { tenant: string }> { @Step() go() {} } // ok

// prettier-ignore
export class Parent extends Pipeline<S, { user: string }> {
  q = '';
  child = new Child();
  other = new Other();
  tenant = new Tenant();

  // what is called
  @SubPipeline(() => Child) c01() { return call(this.child, { topic: '' }); } // ok
  @SubPipeline(() => Other) c02() { return call(this.child, { topic: '' }); } // error: call() runs another class than the decorator names
  @SubPipeline(() => Child) c03() { return call(this.child, { topc: '' }); } // error: TS2561
  @SubPipeline(() => Child) c04() { return call(this.child, { topic: 1 }); } // error: TS2322
  @SubPipeline(() => Child) c05() { return 1; } // error: a @SubPipeline method returns call(pipeline, state)
  @SubPipeline(() => Child) c06() { return this.q ? call(this.child, { topic: '' }) : undefined; } // error: a @SubPipeline method returns call(pipeline, state)
  @SubPipeline(() => Child) c07() { return this.q ? call(this.child, { topic: '' }) : skip(); } // ok
  @SubPipeline(() => Child) c08() { return skip(); } // error: a @SubPipeline method returns call(pipeline, state)
  @SubPipeline(() => Child) async c09() { return call(this.child, { topic: '' }); } // ok
  @SubPipeline(() => Child) async *c10() { yield 1; return call(this.child, { topic: '' }); } // error: a @SubPipeline method returns call(): it can't be a generator
  @SubPipeline(() => Tenant) c11() { return call(this.tenant, { topic: '' }); } // error: the context of this pipeline does not fit that of the sub-pipeline
  @SubPipeline(Child) c12() { return call(this.child, { topic: '' }); } // error: TS2345
  @SubPipeline(() => NotPipe) c13() { return call(this.child, { topic: '' }); } // error: TS2322
  @Step() c14() { return call(this.child, { topic: '' }); } // error: call() needs @SubPipeline
  @Switch({ cases: { a: null } }) c15() { return this.q ? 'a' : call(this.child, { topic: 'a' }); } // error: a switch returns a key
  @SubPipeline(() => Child) c16() { return this.q ? call(this.child, { topic: '' }) : call(this.other, { topic: '' }); } // ok
  @SubPipeline(() => Other) c17() { return this.q ? call(this.child, { topic: '' }) : call(this.other, { topic: '' }); } // error: call() runs another class than the decorator names

  // edges
  @SubPipeline(() => Child, { to: 'takesChild' }) c20() { return call(this.child, { topic: '' }); } // ok
  @SubPipeline(() => Child, { to: 'takesNumber' }) c21() { return call(this.child, { topic: '' }); } // error: the output of 'c21' does not fit the input of 'takesNumber'
  @SubPipeline(() => Child, { to: 'nope' }) c22() { return call(this.child, { topic: '' }); } // error: 'nope' is no step of this class
  @SubPipeline(() => Child, { to: 'takesChild', goto: 'takesNumber' }) c23() { return this.q ? call(this.child, { topic: '' }) : goto('takesNumber', 1); } // ok
  @SubPipeline(() => Child, { to: 'takesChild' }) c24() { return this.q ? call(this.child, { topic: '' }) : goto('takesNumber', 1); } // error: goto('takesNumber') is not declared
  @SubPipeline(() => Child) c25() { return this.q ? call(this.child, { topic: '' }) : retry(); } // error: retry() needs the option retry
  @SubPipeline(() => Child, { retry: 2 }) c26() { return this.q ? call(this.child, { topic: '' }) : retry(); } // ok
  @SubPipeline(() => Child, { onError: 'topic' }) c27() { return call(this.child, { topic: '' }); } // ok
  @SubPipeline(() => Child, { onError: 'text' }) c28() { return call(this.child, { topic: '' }); } // error: what 'text' returns does not fit the output of this step
  @SubPipeline(() => Child) c29({ input }: Ctx<this, string>) { return call(this.child, { topic: input }); } // ok
  @SubPipeline(() => Child) c30({ inputs }: Join<this, { c29: { topic: string }; c28: { topic: string } }>) { return call(this.child, inputs.c29); } // ok
  @SubPipeline(() => Child) c31({ state }: StepContext<{ other: number }>) { void state; return call(this.child, { topic: '' }); } // error: the parameter does not fit
  @SubPipeline(() => Child) private c32() { return call(this.child, { topic: '' }); } // error: a step must be a public method
  @SubPipeline(() => Child, { timeout: { idle: 5 } }) c33() { return call(this.child, { topic: '' }); } // error: TS2353
  @SubPipeline(() => Child, { timeout: { step: 5 }, concurrency: 2, maxVisits: 3 }) c34() { return call(this.child, { topic: '' }); } // ok

  // one per item
  @SubPipeline(() => Child, { each: true, to: 'takesChildren' }) c40({ item }: Each<this, string>) { return call(this.child, { topic: item }); } // ok
  @SubPipeline(() => Child, { each: true, to: 'takesChild' }) c41({ item }: Each<this, string>) { return call(this.child, { topic: item }); } // error: the output of 'c41' does not fit the input of 'takesChild'
  @SubPipeline(() => Child) c42({ item }: Each<this, string>) { return call(this.child, { topic: item }); } // error: an Each parameter needs the option each
  @SubPipeline(() => Child, { each: true }) c43({ input }: Ctx<this, string>) { return call(this.child, { topic: input }); } // error: each: true needs one parameter of type Each<this, Item>
  @SubPipeline(() => Child, { each: true, goto: 'takesChild' }) c44({ item }: Each<this, string>) { return call(this.child, { topic: item }); } // error: the option goto is of no use with each: true
  @SubPipeline(() => Child, { each: true, to: 'takesChildren' }) c45({ item }: Each<this, string>) { return item ? call(this.child, { topic: item }) : goto('takesChildren', []); } // error: an item can't goto() another step
  @SubPipeline(() => Child, { each: true, concurrency: 3, onItemError: 'skip' }) c46({ item }: Each<this, string>) { return item ? call(this.child, { topic: item }) : skip(); } // ok
  @SubPipeline(() => Child, { onItemError: 'skip' }) c47() { return call(this.child, { topic: '' }); } // error: onItemError needs each: true
  @SubPipeline(() => Child, { each: false }) c48() { return call(this.child, { topic: '' }); } // ok
  @SubPipeline(() => Other, { each: true }) c49({ item }: Each<this, string>) { return call(this.child, { topic: item }); } // error: call() runs another class than the decorator names
  @SubPipeline(() => Child, { each: true, onError: 'topic' }) c50({ item }: Each<this, string>) { return call(this.child, { topic: item }); } // ok
  @Step({ to: 'c40' }) c51() { return [1]; } // error: the output of 'c51' does not fit the input of 'c40'
  @Step({ to: 'c40' }) c52() { return ['x']; } // ok

  @Step() takesChild({ input }: Ctx<this, { topic: string }>) { void input; } // ok
  @Step() takesChildren({ input }: Ctx<this, { topic: string }[]>) { void input; } // ok
  @Step() takesNumber({ input }: Ctx<this, number>) { void input; } // ok
  @OnError() topic({ failed }: Failure<this>) { return { topic: failed }; } // ok
  @OnError() text({ failed }: Failure<this>) { return failed; } // ok
}

// Names that are taken from the class itself, and a class that calls itself.
// prettier-ignore
export class Chained extends Pipeline<S> {
  child?: Chained;
  @Step({ to: 'load' }) list() { return ['a']; } // ok
  @ForEach({ to: 'measure' }) async load({ item }: Each<this, OutputOf<Chained, 'list'>[number]>) { return { item }; } // ok
  @ForEach({ to: ['again', 'wrong'] }) async measure({ item }: Each<this, OutputOf<Chained, 'load'>[number]>) { return item.item.length; } // error: the output of 'measure' does not fit the input of 'wrong'
  @SubPipeline(() => Chained, { to: 'route' }) again({ input }: Ctx<this, OutputOf<Chained, 'measure'>>) { return call(this.child!, { q: input.join() }); } // ok
  @Switch({ cases: { a: 'end' } }) route({ input }: Ctx<this, OutputOf<Chained, 'again'>>) { return input.q as 'a'; } // ok
  @Step() end({ input }: Ctx<this, OutputOf<Chained, 'again'>>) { void input.q; } // ok
  @Step() wrong({ input }: Ctx<this, OutputOf<Chained, 'list'>>) { void input; } // ok
  @SubPipeline(() => Chained) self() { return call(this.child!, { topic: '' }); } // error: TS2353
}

// prettier-ignore
export abstract class Base<State extends S> extends Pipeline<State> {
  child = new Child();
  @Step({ to: 'each' }) list({ state }: Ctx<this>) { return [state.q]; } // ok
  @Step({ to: 'each' }) numbers() { return [1]; } // error: the output of 'numbers' does not fit the input of 'each'
  @ForEach({ to: 'sub' }) each({ item, state }: Each<this, string>) { return item + state.q; } // ok
  @SubPipeline(() => Child, { to: 'route' }) sub({ input }: Ctx<this, string[]>) { return call(this.child, { topic: input.join() }); } // ok
  @SubPipeline(() => Other, { to: 'route' }) sub2() { return call(this.child, { topic: '' }); } // error: call() runs another class than the decorator names
  @Switch({ cases: { a: 'end' } }) route({ state }: Ctx<this, { topic: string }>) { return state.q ? 'a' : skip(); } // ok
  @Switch({ cases: { a: 'end' } }) route2({ state }: Ctx<this, { topic: string }>) { return state.q ? 'a' : 'b'; } // error: no case for the returned key 'b', and no default
  @Step() end({ input }: Ctx<this, { topic: string }>) { void input; } // ok
}
// prettier-ignore
export class Derived extends Base<S & { more: number }> {
  @ForEach({ to: 'sub' }) override each({ item, state }: Each<this, string>) { return item + state.more; } // ok
  @Step({ to: 'each' }) more({ state }: Ctx<this>) { return [state.more]; } // error: the output of 'more' does not fit the input of 'each'
  @Step({ goto: 'route' }) there({ state }: Ctx<this>) { return state.more ? goto('route', { topic: '' }) : undefined; } // ok
}

const options: StepOptions<'end'> = { to: 'end', retry: 2 };
// prettier-ignore
export class Declared extends Pipeline<S> {
  @Step(options) declared() { return retry(); } // ok
  @Step() end() {} // ok
}

// prettier-ignore
class NotPipe {
  @ForEach() x({ item }: EachContext<S, string>) { void item; } // error: the class must extend Pipeline
  @Switch({ cases: { a: null } }) y() { return 'a' as const; } // error: the class must extend Pipeline
  @SubPipeline(() => Child) z() { return call(new Child(), { topic: '' }); } // error: the class must extend Pipeline
}

Switch(); // error: TS2554
Switch({}); // error: TS2345
Switch({ cases: { a: 1 } }); // error: TS2322
Switch({ cases: { a: 'b' }, defalt: 'b' }); // error: TS2561
SubPipeline(() => Child, { eech: true }); // error: TS2353
SubPipeline(); // error: TS2554
ForEach({ onItemErr: 'skip' }); // error: TS2561
