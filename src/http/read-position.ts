/** What a client may say of how far it has read. */
export interface Position {
  /** The `seq` of the last event that it has: it gets what comes behind. 0 by default. */
  readonly after?: number;
  /** The header `Last-Event-ID` of its request, as it came. Goes before `after`. */
  readonly lastEventId?: string | readonly string[] | null | undefined;
}

/** The `seq` behind which a client goes on; undefined if it has said something that is no `seq`. */
export function readPosition({ after = 0, lastEventId }: Position): number | undefined {
  if (lastEventId === undefined || lastEventId === null || lastEventId === '') return check(after);
  // Nothing but what was sent as an id: no sign, no space, no exponent.
  return typeof lastEventId === 'string' && /^\d{1,16}$/.test(lastEventId) ? check(Number(lastEventId)) : undefined;
}

const check = (seq: number): number | undefined => (Number.isSafeInteger(seq) && seq >= 0 ? seq : undefined);
