import type { CheckForEach } from '../../decorators/check-for-each.js';
import type { CheckStep, CheckStreaming } from '../../decorators/check-step.js';
import type { CheckSubPipeline } from '../../decorators/check-sub-pipeline.js';
import type { CheckSwitch } from '../../decorators/check-switch.js';
import type { Err } from '../../decorators/check-target.js';
import type { SwitchCases } from '../../decorators/options.js';
import type { Method } from '../../decorators/outputs.js';
import type { StandardSchema } from '../../decorators/standard-schema.js';
import type { BodyKey } from './definition.js';

type NamesIn<List> = List extends readonly (infer Name extends string)[] ? Name : List extends string ? List : never;
type Option<Step, Name extends string> = Step extends { readonly [N in Name]: infer Value } ? Value : never;
type AttemptsOf<Retry> = Retry extends number
  ? Retry
  : Retry extends { readonly attempts: infer Attempts extends number }
    ? Attempts
    : never;

/** What the options of a step say, in the words that the checks of the decorators ask for. */
interface SaidBy<Step> {
  readonly to: NamesIn<Option<Step, 'to'>>;
  readonly goto: NamesIn<Option<Step, 'goto'>>;
  readonly onError: Extract<Option<Step, 'onError'>, string>;
  readonly join: Step extends { readonly join: infer Join extends 'all' | 'any' } ? Join : 'all';
  readonly attempts: Step extends { readonly retry: infer Retry } ? AttemptsOf<Retry> : 1;
  readonly answer: Option<Step, 'answer'> extends StandardSchema<infer Answer> ? Answer : never;
}

interface SaidBySwitch<Step> extends Omit<SaidBy<Step>, 'to'> {
  readonly cases: Extract<Option<Step, 'cases'>, SwitchCases>;
  readonly default: Extract<Option<Step, 'default'>, string | null>;
  readonly to: Extract<Option<Step, 'cases'>[keyof Option<Step, 'cases'>] | Option<Step, 'default'>, string>;
}

interface SaidBySubPipeline<Step> extends SaidBy<Step> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constraint: any constructor
  readonly child: Option<Step, 'of'> extends () => abstract new (...args: any[]) => infer Child ? Child : never;
  readonly each: Step extends { readonly each: true } ? true : false;
}

type Common =
  | ('join' | 'retry' | 'timeout' | 'onError' | 'concurrency')
  | ('maxVisits' | 'answer' | 'middleware' | 'entry' | 'meta');

/** The options of each kind, its method among them. */
interface Options {
  readonly step: Common | 'step' | 'to' | 'goto';
  readonly streaming: Common | 'streaming' | 'to' | 'goto';
  readonly forEach: Common | 'forEach' | 'to' | 'onItemError';
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

type CheckKind<P, Step, Name, Kind extends BodyKey, Body> = [Exclude<keyof Step, Options[Kind]>] extends [never]
  ? {
      readonly step: CheckStep<[P, Body, Name], SaidBy<Step>>;
      readonly streaming: CheckStreaming<[P, Body, Name], SaidBy<Step>>;
      readonly forEach: CheckForEach<[P, Body, Name], SaidBy<Step>>;
      readonly switch: CheckSwitch<[P, Body, Name], SaidBySwitch<Step>>;
      readonly subPipeline: CheckSubPipeline<[P, Body, Name], SaidBySubPipeline<Step>>;
    }[Kind]
  : // The refusal stands on the option itself.
    { readonly [N in Exclude<keyof Step, Options[Kind]>]: Err<`a '${Kind}' has no option '${N & string}'`> };

type CheckOne<P, Step, Name> = Step extends Method
  ? CheckStep<[P, Step, Name], Bare>
  : [BodyKey & keyof Step] extends [never]
    ? Err<'a step has a method: step, streaming, forEach, switch or subPipeline'>
    : CheckKind<P, Step, Name, First<keyof Step>, Step[First<keyof Step> & keyof Step]>;

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

/** Where names stand: a wrong one is refused there, and an editor offers the right ones. */
interface Naming<StepNames, HandlerNames> {
  readonly to?: StepNames | readonly StepNames[];
  readonly goto?: StepNames | readonly StepNames[];
  readonly cases?: Readonly<Record<string, StepNames | null>>;
  readonly default?: StepNames | null;
  readonly onError?: HandlerNames;
}

/**
 * Everything that the compiler can refuse about the steps of a definition. Steps that aren't known yet (methods are inferred
 * last) are refused nothing.
 */
export type CheckSteps<P, Steps, Handlers> = string extends keyof Steps
  ? unknown
  : {
      readonly [Name in keyof Steps]: Naming<keyof Steps, string extends keyof Handlers ? never : keyof Handlers> &
        CheckOne<P, Steps[Name], Name>;
    };

/** Refuses services that can't be fields. */
export type CheckServices<Services, Steps> =
  Services extends PromiseLike<unknown>
    ? Err<'services are made at once: what takes time belongs into onStartup'>
    : [keyof Services & keyof Steps] extends [never]
      ? unknown
      : string extends keyof Steps
        ? unknown
        : Err<`'${keyof Services & keyof Steps & string}' is a step: a service needs another name`>;
