import type { AnyPipeline } from '../../decorators/context.js';
import type { EventType, RunEvent } from '../run/events.js';

/** A value as it is after JSON: dates are texts, maps and sets are empty, functions are gone. */
export type Json<T> = T extends { toJSON(): infer J }
  ? Json<J>
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends bigint | symbol | ((...args: never[]) => unknown)
      ? never
      : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
        ? Record<string, never>
        : T extends object
          ? { [K in keyof T]: Json<T[K]> }
          : T;

type OnTheWire<E> = E extends unknown ? Json<Omit<E, 'checkpoint'>> : never;

/** An event as a client gets it: without the checkpoint, which the server keeps, and with values as JSON gives them. */
export type WireEvent<P = AnyPipeline, T extends EventType = EventType> = OnTheWire<
  Extract<RunEvent<P>, { readonly type: T }>
>;
