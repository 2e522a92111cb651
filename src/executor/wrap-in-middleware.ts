import type { Middleware } from '../../decorators/middleware.js';
import { isDirective } from '../run/directives.js';
import { isPromiseLike } from '../run/is-promise-like.js';
import type { Attempt } from './attempt.js';
import { noCall, notAGenerator } from './mistake.js';
import type { Body } from './run-scope.js';
import { Surrounded } from './surrounded.js';
import { isStream } from './token-stream.js';

/** Calls a body inside the middleware of its step; gives what the outermost gives: a value, a promise or a stream. */
export function wrapInMiddleware(attempt: Attempt, middleware: readonly Middleware[], body: Body): unknown {
  const { instance } = attempt.activation.flow;
  const around = new Surrounded(attempt, middleware, (context) => checked(attempt, body.call(instance, context)));
  attempt.around = around;
  return around.call();
}

/** What the kind of the step demands of its own body; a middleware may replace it by any output. */
function checked(attempt: Attempt, given: unknown): unknown {
  const { kind } = attempt.activation.step;
  if (kind === 'streaming') {
    if (isStream(given)) return given;
    return after(given, () => {
      throw notAGenerator(attempt);
    });
  }
  if (kind !== 'sub') return given;
  return after(given, (value) => {
    if (isDirective(value)) return value;
    throw noCall(attempt);
  });
}

const after = (given: unknown, check: (value: unknown) => unknown): unknown =>
  isPromiseLike(given) ? Promise.resolve(given).then(check) : check(given);
