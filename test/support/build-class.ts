import { record } from '../../decorators/record.js';
import type { PipelineClass } from '../../src/scanner/pipeline-class.js';

/** The decorator of each kind of step. */
const DECORATORS = {
  step: 'Step',
  streaming: 'Streaming',
  each: 'ForEach',
  switch: 'Switch',
  sub: 'SubPipeline',
} as const;

/** A step of a class made by `buildPipeline`, with the options of its decorator; those of a sub-pipeline with `of`. */
export interface StepSpec {
  readonly name: string;
  readonly kind?: keyof typeof DECORATORS;
  readonly to?: string | readonly string[];
  readonly join?: 'all' | 'any';
  /** By default a method that returns nothing, or yields nothing if it is streaming. */
  readonly body?: (...args: never[]) => unknown;
  /** Further options, unchecked. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A hook of a class made by `buildPipeline`. */
export interface HookSpec {
  readonly name: string;
  readonly on: 'startup' | 'shutdown';
  readonly per?: 'instance' | 'run';
  readonly body?: (...args: never[]) => unknown;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** An `@OnError()` method of a class made by `buildPipeline`. */
export interface HandlerSpec {
  readonly name: string;
  readonly body?: (...args: never[]) => unknown;
}

/** What `buildPipeline` makes a class of. */
export interface PipelineSpec<Base extends PipelineClass> {
  /** The name of the class. */
  readonly name?: string;
  readonly extends?: Base;
  /** `static pipeline`, unchecked. */
  readonly pipeline?: object;
  readonly steps?: readonly StepSpec[];
  readonly hooks?: readonly HookSpec[];
  readonly handlers?: readonly HandlerSpec[];
}

class Bare {}

/** Makes a class as decorators would, without their type checks: for random and huge graphs, and for every mistake. */
export function buildPipeline<Base extends PipelineClass = typeof Bare>(spec: PipelineSpec<Base>): Base {
  const base = (spec.extends ?? Bare) as unknown as new () => object;
  const name = spec.name ?? 'Sample';
  const built = { [name]: class extends base {} }[name];
  if (spec.pipeline) Object.defineProperty(built, 'pipeline', { value: spec.pipeline });
  for (const { kind = 'step', ...step } of spec.steps ?? []) {
    const options = { ...without({ to: step.to, join: step.join }), ...step.options };
    addMember(built, DECORATORS[kind], options, step.name, step.body ?? emptyBody(kind, step.name));
  }
  for (const hook of spec.hooks ?? []) {
    const options = { ...without({ per: hook.per }), ...hook.options };
    addMember(
      built,
      hook.on === 'startup' ? 'OnStartup' : 'OnShutdown',
      options,
      hook.name,
      hook.body ?? emptyBody('step', hook.name),
    );
  }
  for (const handler of spec.handlers ?? [])
    addMember(built, 'OnError', {}, handler.name, handler.body ?? emptyBody('step', handler.name));
  return built as unknown as Base;
}

/** Puts a method on a class and writes its record, as a legacy decorator does. */
export function addMember(
  target: PipelineClass,
  decorator: Parameters<typeof record>[0],
  options: object,
  name: string | symbol,
  body: unknown,
): void {
  const prototype = target.prototype as object;
  Object.defineProperty(prototype, name, { value: body, writable: true, configurable: true });
  record(decorator, options, prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
}

/** Computed names make real methods, without an own `prototype` and with the step's name. */
const emptyBody = (kind: keyof typeof DECORATORS, name: string): unknown =>
  kind === 'streaming' ? { async *[name]() {} }[name] : { [name]() {} }[name];

const without = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
