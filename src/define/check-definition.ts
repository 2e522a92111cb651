import type { CheckForEach } from '../../decorators/check-for-each.js';
import type { CheckError, CheckHook } from '../../decorators/check-hook.js';
import type { CheckParameter } from '../../decorators/check-parameter.js';
import type { CheckStep, CheckStreaming } from '../../decorators/check-step.js';
import type { CheckSubPipeline } from '../../decorators/check-sub-pipeline.js';
import type { CheckSwitch } from '../../decorators/check-switch.js';
import type { Err } from '../../decorators/check-target.js';
import type { ContextOf, ErrorContext, StateOf } from '../../decorators/context.js';
import type { SwitchCases } from '../../decorators/options.js';
import type { Method, Returned } from '../../decorators/outputs.js';
import type { StandardSchema } from '../../decorators/standard-schema.js';
import type { WrongValues } from './check-values.js';
import type { BodyKey } from './definition.js';

type NamesIn<List> = List extends readonly (infer Name extends string)[] ? Name : List extends string ? List : never;
type Option<Step, Name extends string> = Step extends { readonly [N in Name]: infer Value } ? Value : never;
type AttemptsOf<Retry> = Retry extends number
  ? Retry
  : Retry extends { readonly attempts: infer Attempts extends number }
    ? Attempts
    : never;

/**
 * What the options of a step say, in the words that the checks of the decorators ask for. Of names that there are not, which
 * are refused where they stand, nothing more is asked; nor of the handler of a body that only throws, whose output is its.
 */
interface SaidBy<Step, Body, StepNames, HandlerNames> {
  readonly to: Extract<NamesIn<Option<Step, 'to'>>, StepNames>;
  readonly goto: Extract<NamesIn<Option<Step, 'goto'>>, StepNames>;
  readonly onError: OnlyThrows<Body> extends true ? never : Extract<Option<Step, 'onError'>, HandlerNames & string>;
  readonly join: Step extends { readonly join: infer Join extends 'all' | 'any' } ? Join : 'all';
  readonly attempts: Step extends { readonly retry: infer Retry } ? AttemptsOf<Retry> : 1;
  readonly answer: Step extends { readonly answer: StandardSchema<infer Answer> } ? Answer : never;
}

type OnlyThrows<Body> = Body extends Method ? ([Returned<Body>] extends [never] ? true : false) : false;

interface SaidBySwitch<Step, Body, StepNames, HandlerNames> extends Omit<
  SaidBy<Step, Body, StepNames, HandlerNames>,
  'to'
> {
  readonly cases: Extract<Option<Step, 'cases'>, SwitchCases>;
  readonly default: Extract<Option<Step, 'default'>, string | null>;
  readonly to: Extract<
    Option<Step, 'cases'>[keyof Option<Step, 'cases'>] | Option<Step, 'default'>,
    StepNames & string
  >;
}

interface SaidBySubPipeline<Step, Body, StepNames, HandlerNames> extends SaidBy<Step, Body, StepNames, HandlerNames> {
  readonly child: Option<Step, 'of'> extends () => abstract new (...args: never[]) => infer Child ? Child : never;
  readonly each: Step extends { readonly each: true } ? true : false;
}

type Common =
  | ('join' | 'retry' | 'timeout' | 'onError' | 'concurrency')
  | ('maxVisits' | 'answer' | 'middleware' | 'entry' | 'meta');

/** The options of each kind, its method among them. */
interface Allowed {
  readonly step: Common | 'step' | 'to' | 'goto';
  readonly streaming: Common | 'streaming' | 'to' | 'goto';
  readonly forEach: Common | 'forEach' | 'to' | 'onItemError' | 'distributed';
  readonly switch: Common | 'switch' | 'cases' | 'default' | 'goto';
  readonly subPipeline: Common | 'subPipeline' | 'of' | 'each' | 'to' | 'goto' | 'onItemError';
}

interface Bare {
  readonly to: never;
  readonly goto: never;
  readonly onError: never;
  readonly join: 'all';
  readonly attempts: 1;
  readonly answer: never;
}

type CheckKind<P, Step, Name, HandlerNames, StepNames, Kind extends BodyKey, Body> = [
  Exclude<keyof Step, Allowed[Kind]>,
] extends [never]
  ? Body extends Method
    ? {
        readonly step: CheckStep<[P, Body, Name], SaidBy<Step, Body, StepNames, HandlerNames>>;
        readonly streaming: CheckStreaming<[P, Body, Name], SaidBy<Step, Body, StepNames, HandlerNames>>;
        readonly forEach: CheckForEach<[P, Body, Name], SaidBy<Step, Body, StepNames, HandlerNames>>;
        readonly switch: CheckSwitch<[P, Body, Name], SaidBySwitch<Step, Body, StepNames, HandlerNames>>;
        readonly subPipeline: CheckSubPipeline<[P, Body, Name], SaidBySubPipeline<Step, Body, StepNames, HandlerNames>>;
      }[Kind]
    : { readonly [N in Kind]: Err<`'${N}' is a method`> }
  : // The refusal stands on the option itself.
    { readonly [N in Exclude<keyof Step, Allowed[Kind]>]: Err<`a '${Kind}' has no option '${N & string}'`> };

type CheckOne<P, Step, Name, HandlerNames, StepNames> = [BodyKey & keyof Step] extends [never]
  ? Err<'a step has a method: step, streaming, forEach, switch or subPipeline'>
  : CheckKind<P, Step, Name, HandlerNames, StepNames, First<keyof Step>, Step[First<keyof Step> & keyof Step]>;

/** The first kind of which a step has the method; a second one is then no option of it. */
type First<Keys> = 'step' extends Keys
  ? 'step'
  : 'streaming' extends Keys
    ? 'streaming'
    : 'forEach' extends Keys
      ? 'forEach'
      : 'switch' extends Keys
        ? 'switch'
        : 'subPipeline';

/** The steps that each option names. */
interface TargetsOf<Step> {
  readonly to: NamesIn<Option<Step, 'to'>>;
  readonly goto: NamesIn<Option<Step, 'goto'>>;
  readonly cases: Extract<Option<Step, 'cases'>[keyof Option<Step, 'cases'>], string>;
  readonly default: Extract<Option<Step, 'default'>, string>;
}

/** A wrong name is refused where it stands. */
type WrongNames<Step, StepNames, HandlerNames> = {
  readonly [
    Key in keyof TargetsOf<Step> & keyof Step as [Exclude<TargetsOf<Step>[Key], StepNames>] extends [never]
      ? never
      : Key
  ]: Err<`'${Exclude<TargetsOf<Step>[Key], StepNames>}' is no step of this class`>;
} & ([Exclude<Option<Step, 'onError'>, HandlerNames>] extends [never]
  ? unknown
  : { readonly onError: Err<`'${Exclude<Option<Step, 'onError'>, HandlerNames> & string}' is no @OnError method`> });

type NamesOf<Handlers> = string extends keyof Handlers ? never : keyof Handlers;

/**
 * Everything that the compiler can refuse about the steps of a definition. Steps that aren't known yet (methods are inferred
 * last) are refused nothing.
 */
export type CheckSteps<P, Steps, Handlers> = string extends keyof Steps
  ? unknown
  : {
      readonly [Name in keyof Steps]: Steps[Name] extends Method
        ? CheckStep<[P, Steps[Name], Name], Bare>
        : WrongNames<Steps[Name], keyof Steps, NamesOf<Handlers>> &
            WrongValues<Steps[Name]> &
            CheckOne<P, Steps[Name], Name, NamesOf<Handlers>, keyof Steps>;
    };

/** A parameter is judged before what is returned: TypeScript has inferred that only where the parameter fits. */
type CheckHandlerOne<P, Handler extends Method, Name> =
  unknown extends CheckParameter<Handler, ErrorContext<StateOf<P>, ContextOf<P>>, WrongFailure>
    ? CheckError<[P, Handler, Name]>
    : Err<WrongFailure>;

type WrongFailure = 'an @OnError method takes nothing, or a Failure of this pipeline';

/** Refuses handlers that take or return what no handler does. */
export type CheckHandlers<P, Steps, Handlers> = string extends keyof Steps | keyof Handlers
  ? unknown
  : {
      readonly [Name in keyof Handlers]: Handlers[Name] extends Method
        ? CheckHandlerOne<P, Handlers[Name], Name>
        : Err<'only for methods'>;
    };

type CheckHookOne<P, Hook, Name> = Hook extends Method
  ? CheckHook<[P, Hook, Name], 'instance'>
  : Hook extends { readonly hook: infer Body }
    ? Hook extends { readonly per: infer Per }
      ? Per extends 'run' | 'instance'
        ? CheckHook<[P, Body, Name], Per>
        : Err<"per is 'instance' or 'run'">
      : CheckHook<[P, Body, Name], 'instance'>
    : Err<'a hook is a method, or { per, hook() { … } }'>;

/** Refuses lifecycle hooks that take what no hook gets. */
export type CheckHooks<P, Steps, Hooks> = string extends keyof Steps | keyof Hooks
  ? unknown
  : { readonly [Name in keyof Hooks]: CheckHookOne<P & Readonly<Record<Name, unknown>>, Hooks[Name], Name> };

/** Refuses services that can't be fields. */
export type CheckServices<Services, Steps> =
  Services extends PromiseLike<unknown>
    ? Err<'services are made at once: what takes time belongs into onStartup'>
    : [keyof Services & keyof Steps] extends [never]
      ? unknown
      : string extends keyof Steps
        ? unknown
        : Err<`'${keyof Services & keyof Steps & string}' is a step: a service needs another name`>;
