import { toPlain } from '../state/plain.js';
import type { Activation } from './activation.js';
import { Attempt } from './attempt.js';
import type { LazySource } from './item-source.js';
import { sourceFailure } from './step-failure.js';

/** An item of a lazy source is asked for when it may begin, never earlier (B.5). */
export function pullItem(activation: Activation, begin: (activation: Activation, wrong?: unknown) => void): void {
  const attempt = (activation.current = new Attempt(activation, 'body'));
  // Nothing of it has begun, so that it ends at once when it is aborted; the source is closed by the each.
  activation.interrupt = () => undefined;
  (activation.source as LazySource).pull().then(
    (pulled) => {
      if (!attempt.counts) return;
      activation.interrupt = undefined;
      if (pulled === undefined) return activation.settle({ status: 'exhausted' });
      try {
        activation.given = { ...activation.given, item: toPlain(pulled.item, `an item of ${activation.name}`) };
      } catch (error) {
        return begin(activation, error);
      }
      begin(activation);
    },
    (error: unknown) => activation.settle({ status: 'exhausted', error: sourceFailure(attempt, error) }),
  );
}
