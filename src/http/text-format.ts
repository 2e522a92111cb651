import { TokensResetError } from '../errors/misuse-error.js';
import { fromPlainError, type PlainError } from '../run/plain-error.js';
import type { RunEvent } from '../run/events.js';
import { createDescribe, type Describe } from './describe-failure.js';
import { HeldTokens } from './held-tokens.js';
import { placeOf } from './place-of.js';
import type { ResponseOptions } from './response-options.js';
import type { WireFormat } from './wire-format.js';

/** The string tokens alone. Plain text has no word for a failure, so a body that ends well is a run that has. */
export class TextFormat implements WireFormat {
  readonly headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  over = false;
  broken?: Error;
  readonly #held: HeldTokens | undefined;
  readonly #describe: Describe;
  readonly #sent = new Set<string>();
  /** The first half of a character whose second half is in the next token: half a character has no bytes. */
  #half = '';

  constructor({ hold, describeError }: ResponseOptions) {
    this.#held = hold ? new HeldTokens() : undefined;
    this.#describe = createDescribe(describeError);
  }

  write(event: RunEvent): string {
    let text = this.#half;
    for (const released of this.#held?.take(event) ?? [event]) text += this.#write(released);
    this.#half = this.over ? '' : (/[\ud800-\udbff]$/.exec(text)?.[0] ?? '');
    return text.slice(0, text.length - this.#half.length);
  }

  fail(error: PlainError): string {
    this.over = true;
    this.broken = fromPlainError(this.#describe(error));
    return '';
  }

  #write(event: RunEvent): string {
    switch (event.type) {
      case 'token':
        if (typeof event.value !== 'string') return '';
        this.#sent.add(placeOf(event));
        return event.value;
      case 'token-reset':
        if (!this.#sent.has(placeOf(event))) return '';
        this.over = true;
        this.broken = new TokensResetError(event.step);
        return '';
      case 'run-end':
        this.over = true;
        if (event.status === 'success' || event.status === 'suspended') return '';
        return this.fail(event.error ?? { name: 'Error', message: `The run has ended as ${event.status}.` });
      default:
        return '';
    }
  }
}
