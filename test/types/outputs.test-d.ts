import { Pipeline, skip, stop, type Ctx, type Failure, type HookContext, type Join, type RunContext } from 'stepstream';
import type { OutputOf, Outputs, StepName, TokenOf } from 'stepstream';
import type { StreamingStepName } from '../../decorators/outputs.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(..._proof: T[]): void => undefined;

interface Json {
  readonly ok: boolean;
}

/** Methods of every shape that the types of outputs tell apart; never run. */
abstract class Shapes extends Pipeline<{ q: string }, { tenant: string }> {
  field = 1;
  abstract nothing(): void;
  abstract later(context: Ctx<this>): Promise<Json>;
  abstract maybe(context: Ctx<this>): Json | undefined;
  abstract anything(): ReturnType<typeof JSON.parse>;
  abstract text(context: Ctx<this, string>): AsyncGenerator<string, void>;
  abstract parts(): AsyncGenerator<'a' | 'b'>;
  abstract tokens(): AsyncGenerator<Json, void>;
  abstract mixed(): AsyncGenerator<string | Json, void>;
  abstract result(): AsyncGenerator<string, Json>;
  abstract silent(): AsyncGenerator<never, void>;
  abstract join(context: Join<this, { later: Json }>): 1;
  abstract handler(context: Failure<this>): Json;
  abstract hook(context: HookContext): void;
  abstract runHook(context: RunContext<{ q: string }, { tenant: string }>): void;
  abstract helper(text: string): void;
  protected abstract hidden(): void;
  skipping() {
    return this.field ? { ok: true } : skip();
  }
  async stopping() {
    return this.field ? 'x' : stop();
  }
  async *skippingStream() {
    yield 'x';
    return this.field ? 1 : skip();
  }
}

type Streams = 'text' | 'parts' | 'tokens' | 'mixed' | 'result' | 'silent' | 'skippingStream';
type Steps = Streams | 'nothing' | 'later' | 'maybe' | 'anything' | 'join' | 'skipping' | 'stopping';

// Hooks and handlers with a parameter of their own, helpers, fields and hidden methods are no steps.
is<Equal<StepName<Shapes>, Steps>>();
// A method that returns `any` is no stream.
is<Equal<StreamingStepName<Shapes>, Streams>>();

is<Equal<OutputOf<Shapes, 'nothing'>, undefined>>();
is<Equal<OutputOf<Shapes, 'later'>, Json>>();
is<Equal<OutputOf<Shapes, 'maybe'>, Json | undefined>>();
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what JSON.parse gives stays what it is
is<Equal<OutputOf<Shapes, 'anything'>, any>>();
is<Equal<OutputOf<Shapes, 'join'>, 1>>();

// A stream that returns nothing has its text as output, if it has one.
is<Equal<OutputOf<Shapes, 'text'>, string>>();
is<Equal<OutputOf<Shapes, 'tokens'>, undefined>>();
is<Equal<OutputOf<Shapes, 'mixed'>, undefined>>();
is<Equal<OutputOf<Shapes, 'silent'>, undefined>>();
is<Equal<OutputOf<Shapes, 'result'>, Json>>();
is<Equal<TokenOf<Shapes, 'mixed'>, string | Json>>();
is<Equal<TokenOf<Shapes, 'later'>, never>>();

// Directives are no outputs.
is<Equal<OutputOf<Shapes, 'skipping'>, { ok: boolean }>>();
is<Equal<OutputOf<Shapes, 'stopping'>, 'x'>>();
is<Equal<OutputOf<Shapes, 'skippingStream'>, 1>>();
is<Equal<Outputs<Shapes, 'later' | 'text'>, { readonly later: Json; readonly text: string }>>();
