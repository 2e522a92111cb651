import type { Flow } from '../../executor/flow.js';
import type { WalkScope } from '../../executor/walk-scope.js';
import type { RunEvent, Token, TokenReset } from '../../run/events.js';
import type { StepPlace } from '../../run/step-place.js';
import { placeKey } from './place-key.js';

/** What one activation has ever said, whether it counts or was taken back: between the two numbers. */
interface Said {
  readonly place: StepPlace;
  from: number;
  to: number;
}

/** Who has said anything in this segment, so that what counts can be said again when the log of events is lost. */
export class Spoken {
  readonly #said = new Map<string, Said>();

  take(event: RunEvent): void {
    if (event.type !== 'token' && event.type !== 'token-reset') return;
    const key = placeKey(event);
    const [from, to] = event.type === 'token' ? [event.seq, event.seq] : [event.from, event.to];
    const said = this.#said.get(key);
    if (said === undefined) this.#said.set(key, { place: toPlace(event), from, to });
    else {
      said.from = Math.min(said.from, from);
      said.to = Math.max(said.to, to);
    }
  }

  /** Takes back everything, for that it was taken back may be lost too, and says again what counts, each text as one token. */
  sayAgain(run: WalkScope): void {
    for (const [key, { place, from, to }] of [...this.#said]) {
      run.teller.step('token-reset', place, { from, to, why: 'restart' });
      const text = run.transcript.textOf(key);
      if (text !== '') extend(run, key, run.teller.token(place, text));
    }
  }
}

function toPlace({
  step,
  pipeline,
  path,
  visit,
  attempt,
  index,
}: Token<string, unknown> | TokenReset<string>): StepPlace {
  return { name: step, pipeline, path, visit, attempt, index };
}

/** What is taken back later is taken back with what was said again. */
function extend(run: WalkScope, key: string, seq: number): void {
  const composites = compositesIn(run.root);
  for (const activation of run.live.filter((one) => one.key === key)) activation.lastToken = seq;
  for (const composite of [...composites, ...run.live.all])
    composite.spoken = composite.spoken?.map((said) => (said.key === key ? { ...said, lastToken: seq } : said));
}

function compositesIn({ eaches, children }: Flow): NonNullable<Flow['suspended']> {
  const inner = [...(children?.values() ?? [])].flatMap(compositesIn);
  return [...(eaches?.keys() ?? []), ...(children?.keys() ?? []), ...inner];
}
