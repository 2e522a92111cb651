import type { Method } from './outputs.js';

/** A refusal: an object type whose key is the message, because TypeScript prints keys. */
export type Err<Message extends string> = { readonly [K in Message]: never };

/** The first refusal of several checks, or `unknown` (which refuses nothing) where all have passed. */
export type First<Checks extends readonly unknown[]> = Checks extends readonly [infer Head, ...infer Rest]
  ? unknown extends Head
    ? First<Rest>
    : Head
  : unknown;

/** `P[N]` instead of the method's own type, so that `this` in its parameters means the class; private names have no `P[N]`. */
type Bound<P, N, M extends Method> = N extends keyof P ? (P[N] extends Method ? [P, P[N], N] : [P, M, N]) : [P, M, N];

/**
 * Where a decorator sits, in either dialect: `[class, method, name]`, or `'other'` where that is no method.
 * A standard decorator is called with (method, context), a legacy one with (prototype, name, descriptor).
 */
export type Target<A, B, C> = B extends {
  readonly kind: 'method';
  readonly name: infer N;
  readonly access: { has(object: infer P): boolean };
}
  ? A extends Method
    ? Bound<P, N, A>
    : 'other'
  : C extends TypedPropertyDescriptor<infer M>
    ? M extends Method
      ? Bound<A, B, M>
      : 'other'
    : 'other';
