/** A function around every attempt of a step. */
export type Middleware = (...args: never[]) => unknown;
