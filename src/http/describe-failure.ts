import type { PlainError } from '../run/plain-error.js';
import type { ResponseOptions } from './response-options.js';

/** An error as this response may show it. */
export type Describe = (error: PlainError) => PlainError;

/** Leaves of every error what may be known outside: never a stack or cause, and what the author's own function says. */
export const createDescribe =
  (describeError: ResponseOptions['describeError']): Describe =>
  (error) => {
    const { name, message, code, step, attempt } = error;
    const place = { ...(step !== undefined && { step }), ...(attempt !== undefined && { attempt }) };
    if (describeError === undefined) return { name, message, ...(code !== undefined && { code }), ...place };
    try {
      const said = describeError(error);
      // Texts, whatever it has said: what JSON hasn't would break the body off.
      const text = { message: `${said.message}`, ...(said.code !== undefined && { code: `${said.code}` }) };
      return { name: 'Error', ...text, ...place };
    } catch {
      // It was to decide what may be known: when it can't, nothing is.
      return { name: 'Error', message: 'The run has failed.', ...place };
    }
  };
