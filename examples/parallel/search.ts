import { setTimeout as sleep } from 'node:timers/promises';

export interface Hit {
  source: string;
  title: string;
  score: number;
}

const SHELVES = {
  manual: ['clean the printer head', 'replace the paper tray'],
  tickets: ['printer prints stripes after a move', 'printer is offline'],
  web: ['stripes: clean the printer head twice', 'a history of paper'],
};

/** Scores titles by the words that they share with the question; as slow as a service. */
export async function search(source: keyof typeof SHELVES, words: readonly string[], signal: AbortSignal) {
  await sleep(20, undefined, { signal });
  return SHELVES[source]
    .map((title): Hit => ({ source, title, score: words.filter((word) => title.includes(word)).length }))
    .filter(({ score }) => score > 0);
}
