import type { TokenReset } from '../run/events.js';
import type { Activation, Spoken } from './activation.js';

/**
 * Says that what this activation, and everything inside it, has streamed so far no longer counts (D.4), before anything
 * else of it is told.
 */
export function takeBack(activation: Activation, why: TokenReset<string>['why']): void {
  if (activation.spoken !== undefined) {
    for (const spoken of activation.spoken) reset(activation, spoken, why);
    activation.spoken = undefined;
  }
  if (activation.firstToken === 0) return;
  const { firstToken: from, lastToken: to } = activation;
  activation.firstToken = activation.lastToken = 0;
  activation.run.transcript.reset(activation.key);
  activation.run.teller.step('token-reset', activation, { from, to, why });
}

function reset({ run }: Activation, spoken: Spoken, why: TokenReset<string>['why']): void {
  run.transcript.reset(spoken.key);
  run.teller.step('token-reset', spoken, { from: spoken.firstToken, to: spoken.lastToken, why });
}

/** An activation inside another has ended: what it, or anything inside it, has streamed is taken back with that one. */
export function remember(inner: Activation): void {
  let outer = inner.each ?? inner.flow.caller;
  // An each that has failed is over before its items are.
  while (outer?.settled) outer = outer.each ?? outer.flow.caller;
  if (outer === undefined || (inner.firstToken === 0 && inner.spoken === undefined)) return;
  outer.spoken ??= [];
  if (inner.spoken !== undefined) for (const spoken of inner.spoken) outer.spoken.push(spoken);
  if (inner.firstToken !== 0) outer.spoken.push(toSpoken(inner));
}

function toSpoken({ key, name, pipeline, path, visit, index, attempt, firstToken, lastToken }: Activation): Spoken {
  return { key, name, pipeline, path, visit, index, attempt, firstToken, lastToken };
}
