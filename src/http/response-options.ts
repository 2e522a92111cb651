import { MisuseError } from '../errors/misuse-error.js';
import type { CustomEvent, EventType } from '../run/events.js';
import type { PlainError } from '../run/plain-error.js';

/** How a run is written: its own events (`sse`, `ndjson`), its text alone, or what the AI SDK's `useChat` reads. */
export type ResponseFormat = 'sse' | 'ndjson' | 'text' | 'ui-message-stream';

const FORMATS: readonly ResponseFormat[] = ['sse', 'ndjson', 'text', 'ui-message-stream'];

/** How what a step has sent with `emit` stands in a message of the AI SDK. */
export interface CustomPart {
  /** It replaces the part of its name that has this id. */
  readonly id?: string;
  /** The client is told, and the message doesn't keep it. */
  readonly transient?: boolean;
}

/** How a run is sent as the body of an HTTP response. */
export interface ResponseOptions {
  /** `sse` by default. */
  readonly format?: ResponseFormat;
  /** What a client that leaves does to the run, if nobody else reads it. `cancel` by default. */
  readonly onDisconnect?: 'cancel' | 'detach';
  /**
   * The client's own, as `request.signal`: when it aborts, the client has left. Needed where a framework drops a response
   * that nobody has begun to read, as Next.js does when the client has left before it was there.
   */
  readonly signal?: AbortSignal;
  /** Milliseconds of silence after which an SSE comment keeps the connection open; `false` for none. 15,000 by default. */
  readonly heartbeat?: number | false;
  /** For `text` and `ui-message-stream`: sends the text of a step only when it has ended, so that it is never taken back. */
  readonly hold?: boolean;
  /** For `ui-message-stream`: `reset-step` takes text back as AI SDK 7 can; `error`, the default, ends the stream. */
  readonly resets?: 'error' | 'reset-step';
  /** For `ui-message-stream`: whether each step's progress is a `data-step` part. `true` by default. */
  readonly steps?: boolean;
  /**
   * For `ui-message-stream`: the id of the message. By default that of the run, and of what it says when it goes on with
   * an answer `<id>#2`, `#3` …, which are messages of their own.
   */
  readonly messageId?: string;
  /**
   * For `ui-message-stream`: how what a step sends with `emit` stands in the message; `false` leaves it out. By default
   * each is a part of its own.
   */
  readonly customPart?: (event: CustomEvent<string>) => CustomPart | false | undefined;
  /**
   * For `sse` and `ndjson`: the types of events that are sent, besides `run-end` and, with tokens, `token-reset`. By
   * default all but `state-change`, `observer-error`, `hook-start` and `hook-end`.
   */
  readonly types?: readonly EventType[];
  /** What a client may know of an error; by default its `name`, `code`, `message`, `step` and `attempt`. */
  readonly describeError?: (error: PlainError) => { readonly code?: string; readonly message: string };
  /** Headers besides those of the format; they come before those. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What only a message of the AI SDK has. */
const OF_A_MESSAGE = ['steps', 'messageId', 'customPart'] as const;

/** Throws a `MisuseError` for options that a response can't be made with. */
export function checkResponseOptions(options: ResponseOptions): void {
  const { format = 'sse', onDisconnect, heartbeat, hold, resets, types, headers } = options;
  if (!FORMATS.includes(format)) throw refuse('format', `one of ${FORMATS.join(', ')}`);
  if (onDisconnect !== undefined && onDisconnect !== 'cancel' && onDisconnect !== 'detach')
    throw refuse('onDisconnect', "'cancel' or 'detach'");
  // What is longer than 31 bits would fire at once.
  if (heartbeat !== undefined && heartbeat !== false && !(heartbeat > 0 && heartbeat < 2 ** 31))
    throw refuse('heartbeat', 'milliseconds above 0, or false');
  const own = format === 'sse' || format === 'ndjson';
  if (hold && own) throw refuse('hold', `left out for ${format}, which has token-reset events`);
  if (types !== undefined && !own) throw refuse('types', `left out for ${format}, which has no events of ours`);
  if (resets !== undefined && resets !== 'error' && resets !== 'reset-step')
    throw refuse('resets', "'error' or 'reset-step'");
  if (resets === 'reset-step' && format !== 'ui-message-stream')
    throw refuse('resets', `'error' for ${format}; only ui-message-stream has reset-step`);
  const idle = OF_A_MESSAGE.find((option) => options[option] !== undefined);
  if (idle !== undefined && format !== 'ui-message-stream')
    throw refuse(idle, `left out for ${format}; only ui-message-stream has it`);
  if (options.signal !== undefined && typeof options.signal?.addEventListener !== 'function')
    throw refuse('signal', 'an AbortSignal');
  // Here, before anybody reads the run: one that nobody reads on would be held for ever.
  if (!areHeaders(headers)) throw refuse('headers', 'names and values that HTTP allows, so none with a line break');
}

function areHeaders(headers: ResponseOptions['headers']): boolean {
  try {
    return Boolean(new Headers(headers));
  } catch {
    return false;
  }
}

const refuse = (option: string, expected: string): MisuseError =>
  new MisuseError({
    code: 'INVALID_RESPONSE_OPTION',
    message: `The response of a run: the option ${option} must be ${expected}.`,
    remedy: 'Mend the option.',
  });
