import { record, type MethodRecord } from '../../decorators/record.js';
import { detectForm } from '../scanner/detect-form.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import { noteBody } from './author-body.js';
import type { BodyKey } from './definition.js';

type Decorator = MethodRecord['decorator'];
type Written = Readonly<Record<string | symbol, unknown>>;

/** What a definition has of members, unchecked. */
export interface Members {
  readonly steps: unknown;
  readonly onStartup: unknown;
  readonly onShutdown: unknown;
  readonly onError: unknown;
}

/** The decorator that each kind of step stands for. */
const DECORATORS = {
  step: 'Step',
  streaming: 'Streaming',
  forEach: 'ForEach',
  switch: 'Switch',
  subPipeline: 'SubPipeline',
} as const satisfies Record<BodyKey, Decorator>;

const isKind = (key: string): key is BodyKey => Object.hasOwn(DECORATORS, key);

/** Puts the methods of a definition on its class and writes what the decorators would have written. */
export function recordMembers(defined: PipelineClass, { steps, onStartup, onShutdown, onError }: Members): void {
  for (const [name, step] of entriesOf('steps', steps)) recordStep(defined, name, step);
  for (const [name, hook] of entriesOf('onStartup', onStartup)) recordHook(defined, 'OnStartup', name, hook);
  for (const [name, hook] of entriesOf('onShutdown', onShutdown)) recordHook(defined, 'OnShutdown', name, hook);
  for (const [name, handler] of entriesOf('onError', onError)) add(defined, 'OnError', undefined, name, handler, name);
}

/** The members of a group in order, symbols included: they have a mistake to tell of. A function is a group of its own. */
function entriesOf(group: string, written: unknown): (readonly [string | symbol, unknown])[] {
  if (written === undefined) return [];
  if (!isObject(written)) return [[group, written]];
  return Reflect.ownKeys(written).map((name) => [name, written[name]] as const);
}

function recordStep(defined: PipelineClass, name: string | symbol, step: unknown): void {
  if (!isObject(step)) return add(defined, 'Step', undefined, name, step, name);
  const kinds = Object.keys(step).filter(isKind);
  const options = Object.fromEntries(Object.entries(step).filter(([key]) => !isKind(key)));
  // Without a method it is a plain step that has none; with several it has several decorators.
  if (kinds.length === 0) add(defined, 'Step', options, name, undefined, name);
  for (const kind of kinds) add(defined, DECORATORS[kind], options, name, step[kind], kind);
}

function recordHook(defined: PipelineClass, decorator: Decorator, name: string | symbol, hook: unknown): void {
  if (!isObject(hook)) return add(defined, decorator, undefined, name, hook, name);
  const { hook: body, ...options } = hook;
  add(defined, decorator, options, name, body, 'hook');
}

/** Writes one record as a legacy decorator does; `key` is the name under which the author wrote the method. */
function add(
  defined: PipelineClass,
  decorator: Decorator,
  options: object | undefined,
  name: string | symbol,
  body: unknown,
  key: string | symbol,
): void {
  const prototype = defined.prototype as object;
  const method = typeof body === 'function' ? toMethod(name, body as Method, key) : undefined;
  const descriptor = { value: method, writable: true, configurable: true };
  // What every object and every pipeline has stays: a member of that name is a mistake, which run() must be able to tell.
  if (method && !(name in prototype)) Object.defineProperty(prototype, name, descriptor);
  record(decorator, options, prototype, name, method && descriptor);
}

type Method = (this: unknown, context: unknown) => unknown;

/** The author's function as a method of its own name: what has another name could be a wrapper around who knows what. */
function toMethod(name: string | symbol, body: Method, key: string | symbol): Method {
  if (name === key || detectForm({ name: key, body, final: body, overridden: false }) !== 'plain') return body;
  const methods = {
    [name](this: unknown, context: unknown): unknown {
      return body.call(this, context);
    },
  };
  return noteBody(methods[name as string], body);
}

const isObject = (value: unknown): value is Written => typeof value === 'object' && value !== null;
