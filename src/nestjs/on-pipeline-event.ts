import { Inject, Optional } from '@nestjs/common';
import { MisuseError } from '../errors/misuse-error.js';
import type { EventOf, EventType } from '../run/events.js';
import { classOf } from '../scanner/class-of.js';
import type { AppPipelineClass } from './is-pipeline.js';
import { PipelineEvents } from './pipeline-events.js';

/** What a method listens to. */
export interface Listening {
  readonly pipeline: AppPipelineClass;
  readonly types: readonly EventType[];
}

const LISTENS = Symbol.for('stepstream/nestjs/listens@1');
/** A setter: Nest sets it when it has made a pipeline, of whatever scope. */
const MADE = Symbol.for('stepstream/nestjs/made@1');

/**
 * Calls a method of a provider or controller with the events of a pipeline's runs, whoever starts them. The run never
 * waits for it; what it throws is logged, and is an `observer-error` event.
 */
export function OnPipelineEvent<P extends object, const T extends EventType>(
  pipeline: AppPipelineClass<P>,
  type: T | readonly T[],
): <M extends (event: EventOf<P, T>) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void {
  // A class that is undefined since two files import one another is best told of here.
  const listened = classOf(pipeline) as AppPipelineClass;
  const types: readonly EventType[] = typeof type === 'string' ? [type] : type;
  return (target, key, descriptor: { readonly value?: unknown } | undefined) => {
    const method = descriptor?.value;
    // What is found when the application starts are the named methods of instances.
    if (typeof target !== 'object' || typeof key !== 'string' || typeof method !== 'function') throw noMethod(key);
    askToBeTold(listened);
    Reflect.defineMetadata(LISTENS, [...listeningsOf(method), { pipeline: listened, types }], method);
  };
}

/** What a method was decorated to listen to. */
export const listeningsOf = (method: object): readonly Listening[] =>
  (Reflect.getOwnMetadata(LISTENS, method) as readonly Listening[] | undefined) ?? [];

/** Standard decorators call it with an object as key: Nest has legacy ones. */
function noMethod(key: string | symbol | object): MisuseError {
  const why = typeof key === 'object' ? 'compiled with experimentalDecorators' : `which ${String(key)} is not`;
  return new MisuseError({
    code: 'LISTENER_UNHEARD',
    message: `@OnPipelineEvent is for methods of instances with a name, ${why}.`,
    remedy: 'Write it before such a method of a provider.',
  });
}

/** Lets Nest hand each new instance of a class to the application's `PipelineEvents`, if it has any. */
function askToBeTold({ prototype }: { readonly prototype: object }): void {
  if (Object.hasOwn(prototype, MADE)) return;
  Object.defineProperty(prototype, MADE, {
    configurable: true,
    set(this: object, events: PipelineEvents) {
      events.made(this);
    },
  });
  Inject(PipelineEvents)(prototype, MADE);
  Optional()(prototype, MADE);
}
