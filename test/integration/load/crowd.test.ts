import { expect, it } from 'vitest';
import { startChild } from './start-child.js';

const CLIENTS = 1_000;
const WORDS = 50;
/** Milliseconds between two words of one run: as a model says them. */
const PAUSE = 250;
const MB = 1024 * 1024;

interface Heard {
  readonly texts: readonly { readonly text: string; readonly status?: string }[];
  readonly latencies: readonly number[];
  readonly error?: string;
}
interface Served {
  readonly rss: number;
  readonly outcomes: object;
}

it(`${CLIENTS} clients at once each get all of their own stream`, { timeout: 120_000 }, async () => {
  await using server = await startChild('crowd-server', [String(WORDS), String(PAUSE), String(CLIENTS)]);
  const port = await server.hear<number>();
  await using clients = await startChild('crowd-clients', [String(port), String(CLIENTS)]);
  await clients.hear();
  const began = performance.now();
  const { texts, latencies, error } = await clients.ask<Heard>('go');
  const seconds = (performance.now() - began) / 1_000;
  const { rss, outcomes } = await server.ask<Served>('how');

  expect(error).toBeUndefined();
  const textOf = (at: number): string => Array.from({ length: WORDS }, (_, word) => `client-${at}:${word} `).join('');
  expect(texts).toEqual(Array.from({ length: CLIENTS }, (_, at) => ({ text: textOf(at), status: 'success' })));
  expect(latencies.length).toBe(CLIENTS * WORDS);
  expect(outcomes).toEqual({ complete: CLIENTS, broken: 0, disconnected: 0 });
  expect(rss).toBeLessThan(400 * MB);
  const [p50, p99, worst] = [0.5, 0.99, 1].map((part) => latencies[Math.ceil(part * latencies.length) - 1].toFixed(1));
  console.log(
    `${CLIENTS} clients, ${latencies.length} tokens in ${seconds.toFixed(1)} s; from yield to parser: p50 ${p50} ms, ` +
      `p99 ${p99} ms, at most ${worst} ms; ${(rss / MB).toFixed(0)} MB of memory`,
  );
});
