import type { RunEvent, Token } from './events.js';

/** The tokens that count at last: those that a `token-reset` has taken back are left out. */
export function countedTokens(events: readonly RunEvent[], step?: string): Token<string, unknown>[] {
  let tokens: Token<string, unknown>[] = [];
  for (const event of events) {
    if (event.type === 'token' && (step === undefined || event.step === step)) tokens.push(event);
    if (event.type === 'token-reset')
      tokens = tokens.filter((token) => token.seq < event.from || token.seq > event.to || !isOfOne(token, event));
  }
  return tokens;
}

interface Place {
  readonly step: string;
  readonly path: readonly string[];
  readonly visit: number;
  readonly index?: number;
}

/** Whether two events belong to one activation. */
export const isOfOne = (a: Place, b: Place): boolean => placeOf(a) === placeOf(b);

/** The key of the activation that an event belongs to (B.6). */
export function placeOf({ step, path, visit, index }: Place): string {
  const item = index === undefined ? '' : `[${index}]`;
  return [...path, `${step}${visit > 1 ? `#${visit}` : ''}${item}`].join('/');
}
