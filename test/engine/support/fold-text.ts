import { placeKey } from '../../../src/engine/durable/place-key.js';
import type { RunEvent } from '../../../src/run/events.js';

/** What a reader of the events has in the end, by step key: tokens that were taken back are not in it. */
export function foldText(events: readonly RunEvent[]): Record<string, string> {
  const tokens = new Map<string, { seq: number; text: string }[]>();
  for (const event of events) {
    if (event.type !== 'token' && event.type !== 'token-reset') continue;
    const key = placeKey(event);
    const said = tokens.get(key) ?? [];
    if (event.type === 'token') said.push({ seq: event.seq, text: String(event.value) });
    const kept = event.type === 'token' ? said : said.filter(({ seq }) => seq < event.from || seq > event.to);
    if (kept.length > 0) tokens.set(key, kept);
    else tokens.delete(key);
  }
  return Object.fromEntries([...tokens].map(([key, said]) => [key, said.map(({ text }) => text).join('')]));
}
