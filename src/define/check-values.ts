import type { Err } from '../../decorators/check-target.js';
import type { AnyPipeline } from '../../decorators/context.js';
import type { Middleware } from '../../decorators/middleware.js';
import type { OnItemError, RetryOptions, TimeoutOptions } from '../../decorators/options.js';
import type { StandardSchema } from '../../decorators/standard-schema.js';

type Names = string | readonly string[];

/** What each option can be, and how a refusal puts it. */
interface Values {
  readonly to: [Names, 'the name of a step, or a list of names'];
  readonly goto: [Names, 'the name of a step, or a list of names'];
  readonly cases: [Readonly<Record<string, string | null>>, 'an object of steps by key, with null for the end'];
  readonly default: [string | null, 'the name of a step, or null for the end'];
  readonly onError: [string, 'the name of a handler under onError'];
  readonly join: ['all' | 'any', "'all' or 'any'"];
  readonly retry: [number | RetryOptions, 'the number of all attempts, or { attempts, delay, backoff, jitter, when }'];
  readonly timeout: [number | TimeoutOptions, 'a number of milliseconds, or { step, firstToken, idle }'];
  readonly concurrency: [number, 'a number'];
  readonly maxVisits: [number, 'a number'];
  readonly answer: [StandardSchema, 'a Standard Schema'];
  readonly middleware: [Middleware | readonly Middleware[], 'a function (context, next) => …, or a list of such'];
  readonly entry: [boolean, 'true or false'];
  readonly meta: [Readonly<Record<string, unknown>>, 'an object'];
  readonly onItemError: [OnItemError, "'fail', 'skip' or 'collect'"];
  readonly distributed: [boolean, 'true or false'];
  readonly of: [() => abstract new (...args: never[]) => AnyPipeline, 'a function that gives a pipeline class'];
  readonly each: [boolean, 'true or false'];
}

/** The names inside an option that is an object; a misspelt one would be taken for another default. */
interface Inside {
  readonly retry: keyof RetryOptions;
  readonly timeout: keyof TimeoutOptions;
}

type Excess<Value, Key> = Key extends keyof Inside
  ? Value extends object
    ? Exclude<keyof Value, Inside[Key]>
    : never
  : never;

/** Where nothing streams, only the whole attempt has a limit. */
type Streamless<Step> = Step extends { readonly timeout: object } & (
  { readonly switch: unknown } | { readonly subPipeline: unknown }
)
  ? [Exclude<keyof Step['timeout'], 'step'>] extends [never]
    ? unknown
    : { readonly timeout: Err<'only a step that streams has limits for its tokens: timeout is a number, or { step }'> }
  : unknown;

type Itemless<Step> = Step extends { readonly subPipeline: unknown; readonly onItemError: unknown }
  ? Step extends { readonly each: true }
    ? unknown
    : { readonly onItemError: Err<'onItemError needs each: true'> }
  : unknown;

/** Refuses values that options can't have, where they stand. */
export type WrongValues<Step> = {
  readonly [
    Key in keyof Step & keyof Values as Step[Key] extends Values[Key][0] | undefined
      ? [Excess<Step[Key], Key>] extends [never]
        ? never
        : Key
      : Key
  ]: Err<`${Key} is ${Values[Key][1]}`>;
} & Streamless<Step> &
  Itemless<Step>;
