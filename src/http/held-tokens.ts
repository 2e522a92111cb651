import type { EventOf, RunEvent } from '../run/events.js';
import type { AnyPipeline } from '../../decorators/context.js';
import { placeOf, rootOf } from './place-of.js';

type Token = EventOf<AnyPipeline, 'token'>;
type Reset = EventOf<AnyPipeline, 'token-reset'>;

/** Keeps tokens back until nothing can take them back any more: until the outermost step that they are of has ended. */
export class HeldTokens {
  readonly #held = new Map<string, Token[]>();

  /** What may be sent now, in order. */
  take(event: RunEvent): readonly RunEvent[] {
    switch (event.type) {
      case 'token':
        this.#hold(event);
        return [];
      case 'token-reset':
        return this.#drop(event) ? [] : [event];
      case 'step-end':
      case 'step-skip':
        return event.path.length === 0 && event.index === undefined
          ? [...this.#release(rootOf(event)), event]
          : [event];
      case 'run-end':
        return [...[...this.#held.keys()].flatMap((root) => this.#release(root)), event];
      default:
        return [event];
    }
  }

  #hold(token: Token): void {
    const root = rootOf(token);
    const held = this.#held.get(root);
    if (held) held.push(token);
    else this.#held.set(root, [token]);
  }

  #drop(reset: Reset): boolean {
    const root = rootOf(reset);
    const held = this.#held.get(root);
    if (held === undefined) return false;
    const place = placeOf(reset);
    const kept = held.filter((token) => token.seq < reset.from || token.seq > reset.to || placeOf(token) !== place);
    this.#held.set(root, kept);
    return kept.length < held.length;
  }

  #release(root: string): readonly Token[] {
    const held = this.#held.get(root) ?? [];
    this.#held.delete(root);
    return held;
  }
}
