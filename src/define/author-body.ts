/** Global, so that the command line reads what another copy has defined. */
const BODY: unique symbol = Symbol.for('stepstream/body@1') as never;

/** Notes whose function a method calls, for tools that read its code. */
export const noteBody = <T extends object>(method: T, body: unknown): T =>
  Object.defineProperty(method, BODY, { value: body });

/** The function that an author wrote, where a method only calls it. */
export const authorBodyOf = (method: object): unknown => (method as { readonly [BODY]?: unknown })[BODY];
