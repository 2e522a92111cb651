import { same } from './compare-run.js';
import type { Told } from './model-told.js';
import type { Handling } from './performance.js';
import type { Played } from './run-graph.js';

/** D.2: named, then catch-all, each once, each with the error of the one before and the version of the activation. */
export function checkHandlings({ performance: { handlings } }: Played, { calls }: Told): void {
  for (const key of new Set([...calls, ...handlings].map((call) => call.key))) {
    const own = calls.filter((call) => call.key === key);
    const got = handlings.filter((handling) => handling.key === key);
    // What a handler was about to do when its step was decided against is nobody's business.
    if (own.some(({ exact }) => !exact)) continue;
    const wanted = own.flatMap(({ handlers, state }) => handlers.map((handler) => ({ handler, state })));
    same(
      got.map(({ handler, state }) => ({ handler, state })),
      wanted,
    );
    got.forEach((one, i) => checkError(one, got[i - 1]));
  }
}

/** The second handler of a step gets what the first has thrown. */
function checkError({ handler, error, failed }: Handling, before: Handling | undefined): void {
  const thrown = error instanceof Error && error.message === `${before?.handler} of ${failed}`;
  same(thrown, handler === 'onAny' && before !== undefined && before.handler !== 'onAny' && before.failed === failed);
}
