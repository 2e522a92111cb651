/** A promise with its handles: a body waits at it until the test opens it, or fails it. */
export interface Gate<T> {
  readonly promise: Promise<T>;
  open(value: T): void;
  fail(error: unknown): void;
}

/** Makes a gate. Nobody need wait at it when it fails. */
export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => ((open = resolve), (fail = reject)));
  promise.catch(() => undefined);
  return { promise, open, fail };
}
