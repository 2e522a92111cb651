import type { Middleware } from 'stepstream';

/** Masks long numbers in a stream of text, however the model has cut them into tokens. */
export const maskNumbers: Middleware = (_context, next) => mask(next() as AsyncIterable<string>);

async function* mask(tokens: AsyncIterable<string>) {
  let held = '';
  for await (const token of tokens) {
    held += token;
    // What may be the beginning of a number is held back until it is known how it goes on.
    const safe = held.replace(/[\d ]+$/, '');
    if (safe) yield maskIn(safe);
    held = held.slice(safe.length);
  }
  if (held) yield maskIn(held);
}

const maskIn = (text: string): string => text.replace(/\d(?: ?\d){7,}/g, '****');
