import type { RunEvent } from '../run/events.js';
import type { PlainError } from '../run/plain-error.js';

/** How the events of one run become the body of one response. */
export interface WireFormat {
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent while nothing happens, if the format has anything that says nothing. */
  readonly heartbeat?: string;
  /** Whether nothing follows what was written last. */
  readonly over: boolean;
  /** Why the body must break off instead of ending, in a format that can't say so itself. */
  readonly broken?: Error;
  /** What is sent for an event: `''` for nothing. */
  write(event: RunEvent): string;
  /** What is sent when the events themselves can't be read on. */
  fail(error: PlainError): string;
}
