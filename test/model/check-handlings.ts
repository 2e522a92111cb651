import { same } from './compare-run.js';
import type { Replayed } from './model-graph.js';
import type { Handling } from './performance.js';
import type { Played } from './run-graph.js';

/** D.2: named, then catch-all, each once, each with the error of the one before and the version of the activation. */
export function checkHandlings(
  { graph, performance }: Played,
  told: Replayed,
  failing: (name: string) => boolean,
): void {
  const { handlings, aborted } = performance;
  for (const { name, behaviour, handler } of graph.steps) {
    const got = handlings.filter(({ failed }) => failed === name);
    const began = failing(name) ? name in told.versions : behaviour === 'fail' && name in told.seen;
    const against = told.ledger[name].status === 'lost' || told.ledger[name].status === 'cancelled';
    if (!began || aborted.includes(name)) {
      same(got, []);
      continue;
    }
    if (failing(name) && against) continue;
    const onAny = graph.catchAll && (!handler || handler.does === 'throw') ? ['onAny'] : [];
    const wanted = [...(handler ? [`on${name.toUpperCase()}`] : []), ...onAny];
    same(
      got.map((one) => one.handler),
      wanted,
    );
    for (const { state } of got) same(state, told.versions[name]);
    got.forEach((one, i) => same(messageOf(one.error), i === 0 ? undefined : `${got[i - 1].handler} of ${name}`));
    same(rootOf(got), got.length === 0 ? undefined : failing(name) ? 'AggregateError' : name);
  }
}

/** Of an error of a handler; the first one is looked at by `rootOf`. */
const messageOf = (error: unknown): string | undefined =>
  error instanceof Error && error.message.includes(' of ') && !(error instanceof AggregateError)
    ? error.message
    : undefined;

/** What the first handler got: the body's own error, or the join's. */
function rootOf([first]: readonly Handling[]): string | undefined {
  if (!first) return undefined;
  return first.error instanceof AggregateError ? 'AggregateError' : (first.error as Error).message;
}
