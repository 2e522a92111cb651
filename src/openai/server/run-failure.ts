import type { RunEnd } from '../../run/events.js';
import type { AnyPipeline } from '../../../decorators/context.js';
import { toPlainError, type PlainError } from '../../run/plain-error.js';
import { ChatRequestError, type ChatRequestFacts } from './chat-request-error.js';

/** What a client may know of something that went wrong inside. */
export type DescribeFailure = (error: PlainError) => ChatRequestFacts;

/** As little as OpenAI says of its own: a message of somebody's code may name hosts and hold keys. */
const SORRY = 'The server had an error while processing your request. Sorry about that!';

/** A client would run the whole again, and pay again; what is worth it is tried again by the steps. */
const ONCE = { 'x-should-retry': 'false' };

/** Makes of what went wrong what a client is told; `status` is that of an answer which has not begun. */
export const createFailure =
  (describeError: DescribeFailure | undefined) =>
  (error: unknown, status = 500): ChatRequestError => {
    if (error instanceof ChatRequestError) return error;
    const sorry = new ChatRequestError({ message: SORRY, status, headers: ONCE });
    if (describeError === undefined) return sorry;
    try {
      const facts = describeError(isPlain(error) ? error : toPlainError(error));
      return new ChatRequestError({ status, ...facts, headers: { ...ONCE, ...facts.headers } });
    } catch {
      // It was to decide what may be known: when it can't, nothing is.
      return sorry;
    }
  };

/** What became of a run that has not answered: undefined if it has. */
export function failureOf(
  end: RunEnd<AnyPipeline>,
  toFailure: ReturnType<typeof createFailure>,
): ChatRequestError | undefined {
  const { status, error = { name: 'Error', message: `The run has ended as ${status}.` } } = end;
  switch (status) {
    case 'success':
      return undefined;
    case 'suspended':
      return new ChatRequestError({ status: 500, message: SUSPENDED, code: 'run_suspended', headers: ONCE });
    case 'cancelled':
      // By the server itself, when it stops: another one may answer.
      return new ChatRequestError({ status: 503, message: CANCELLED, code: 'run_cancelled' });
    default:
      return toFailure(error, status === 'timeout' ? 504 : 500);
  }
}

const SUSPENDED = "This model waits for an answer that a chat can't give; it can't go on here.";
const CANCELLED = 'The answer was cancelled by the server. Please try again.';

const isPlain = (error: unknown): error is PlainError =>
  typeof error === 'object' && error !== null && !(error instanceof Error) && 'name' in error && 'message' in error;
