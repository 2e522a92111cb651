import { HeldTokens } from '../../http/held-tokens.js';
import { placeOf } from '../../http/place-of.js';
import type { WireFormat } from '../../http/wire-format.js';
import type { RunEvent } from '../../run/events.js';
import type { PlainError } from '../../run/plain-error.js';
import { ChatOutcome } from './chat-outcome.js';
import { ChatRequestError } from './chat-request-error.js';
import type { Completion } from './completion.js';
import type { ServedModel } from './model.js';
import { failureOf, type createFailure } from './run-failure.js';

/** What a stream of parts is made with. */
export interface ChatFormatOptions {
  readonly served: ServedModel<never>;
  readonly completion: Completion;
  readonly includeUsage: boolean;
  readonly toFailure: ReturnType<typeof createFailure>;
  /** Is told what no run tells of. */
  readonly tell: (error: unknown) => void;
}

/** A run as the parts of a chat completion. `[DONE]` is said of a whole answer only. */
export class ChatFormat implements WireFormat {
  readonly headers = { 'content-type': 'text/event-stream; charset=utf-8' };
  readonly heartbeat = ': hb\n\n';
  over = false;
  /** Why there is no whole answer. */
  failure: ChatRequestError | undefined;
  readonly #options: ChatFormatOptions;
  readonly #outcome: ChatOutcome;
  readonly #held: HeldTokens | undefined;
  readonly #usage: { readonly usage?: null };
  readonly #sent = new Set<string>();

  constructor(options: ChatFormatOptions) {
    this.#options = options;
    this.#outcome = new ChatOutcome(options);
    this.#held = options.served.hold ? new HeldTokens() : undefined;
    // Who asks for usage is told of every part that it has none.
    this.#usage = options.includeUsage ? { usage: null } : {};
  }

  write(event: RunEvent): string {
    this.#outcome.watch(event);
    if (event.type === 'token' && !this.#outcome.speaks(event)) return '';
    let text = '';
    for (const released of this.#held?.take(event) ?? [event]) if (!this.over) text += this.#write(released);
    return text;
  }

  fail(error: PlainError): string {
    return this.#fail(this.#options.toFailure(error));
  }

  #write(event: RunEvent): string {
    switch (event.type) {
      case 'token': {
        const begun = this.#begin();
        this.#sent.add(placeOf(event));
        return begun + this.#part({ content: event.value });
      }
      case 'token-reset':
        return this.#sent.has(placeOf(event)) ? this.#fail(takenBack()) : '';
      case 'run-end': {
        const failure = failureOf(event, this.#options.toFailure);
        return failure ? this.#fail(failure) : this.#end();
      }
      default:
        return '';
    }
  }

  #begin(): string {
    return this.#sent.size > 0 ? '' : this.#part({ role: 'assistant', content: '', refusal: null });
  }

  #end(): string {
    this.over = true;
    const { completion, includeUsage } = this.#options;
    const usage = includeUsage ? toData(completion.usage(this.#outcome.usage)) : '';
    return `${this.#begin()}${this.#part({}, true)}${usage}data: [DONE]\n\n`;
  }

  #fail(failure: ChatRequestError): string {
    this.over = true;
    this.failure = failure;
    return toData(failure);
  }

  #part(delta: object, last = false): string {
    const { completion } = this.#options;
    return toData(completion.part(delta, last ? this.#outcome.finishReason : null, this.#usage.usage));
  }
}

const toData = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;

const takenBack = (): ChatRequestError =>
  new ChatRequestError({
    status: 500,
    message: 'A part of the answer that was already sent no longer counts. Please ask again.',
    code: 'answer_taken_back',
  });
