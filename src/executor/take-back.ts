import type { TokenReset } from '../run/events.js';
import type { Activation } from './activation.js';

/** Says that what this activation has streamed so far no longer counts (D.4), before anything else of it is told. */
export function takeBack(activation: Activation, why: TokenReset<string>['why']): void {
  const { firstToken, lastToken, scope, key } = activation;
  if (firstToken === 0) return;
  activation.firstToken = activation.lastToken = 0;
  scope.transcript.reset(key);
  scope.teller.step('token-reset', activation, { from: firstToken, to: lastToken, why });
}
