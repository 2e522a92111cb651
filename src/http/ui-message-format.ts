import { TokensResetError } from '../errors/misuse-error.js';
import type { CustomEvent, RunEvent } from '../run/events.js';
import { toPlainError, type PlainError } from '../run/plain-error.js';
import { createDescribe, type Describe } from './describe-failure.js';
import { HeldTokens } from './held-tokens.js';
import { placeOf } from './place-of.js';
import type { ResponseOptions } from './response-options.js';
import { toChunk, UiMessage } from './ui-message.js';
import type { WireFormat } from './wire-format.js';

const DONE = 'data: [DONE]\n\n';

/** What a step's event says of its progress. */
const PROGRESS = {
  'step-start': 'running',
  'step-retry': 'retrying',
  'step-end': 'done',
  'step-skip': 'skipped',
  'step-cancel': 'cancelled',
  'step-suspend': 'suspended',
} as const;
type Progress = Extract<RunEvent, { readonly type: keyof typeof PROGRESS | 'step-error' }>;

/** The AI SDK's UI message stream, version 1: a run is one message. Its clients refuse what they don't know. */
export class UiMessageFormat implements WireFormat {
  readonly headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-vercel-ai-ui-message-stream': 'v1',
  };
  readonly heartbeat = ': hb\n\n';
  over = false;
  readonly #held: HeldTokens | undefined;
  readonly #describe: Describe;
  readonly #resets: boolean;
  readonly #steps: boolean;
  readonly #message: UiMessage;
  readonly #messageId: string | undefined;
  readonly #customPart: ResponseOptions['customPart'];
  #begun = false;

  constructor({ hold, resets, steps = true, messageId, customPart, describeError }: ResponseOptions) {
    this.#messageId = messageId;
    this.#customPart = customPart;
    this.#held = hold ? new HeldTokens() : undefined;
    this.#describe = createDescribe(describeError);
    this.#resets = resets === 'reset-step';
    this.#steps = steps;
    this.#message = new UiMessage(this.#resets);
  }

  write(event: RunEvent): string {
    let text = this.#begun ? '' : this.#begin(event);
    for (const released of this.#held?.take(event) ?? [event]) if (!this.over) text += this.#write(released);
    return text;
  }

  #begin(event: RunEvent): string {
    this.#begun = true;
    // What a run says after an answer is another message: with the id of the first it would stand in that one's place.
    const again = event.type === 'run-start' && event.segment > 1 ? `#${event.segment}` : '';
    const messageId = this.#messageId ?? event.runId + again;
    return toChunk({ type: 'start', messageId }) + toChunk({ type: 'start-step' });
  }

  fail(error: PlainError): string {
    this.over = true;
    const { message, code, step } = this.#describe(error);
    // The error itself is a text and no more; what else is known of it goes before, and is not kept in the message.
    const data = { ...(code !== undefined && { code }), message, ...(step !== undefined && { step }) };
    const known = toChunk({ type: 'data-error', data, transient: true });
    return this.#message.closeAll() + known + toChunk({ type: 'error', errorText: message }) + DONE;
  }

  #write(event: RunEvent): string {
    switch (event.type) {
      case 'token':
        return typeof event.value === 'string' ? this.#message.say(placeOf(event), event.value) : '';
      case 'token-reset':
        return this.#takeBack(placeOf(event), event.step);
      case 'custom':
        return this.#custom(event);
      case 'run-end':
        return this.#end(event);
      case 'step-error':
        return event.handled ? '' : this.#progress(event, 'failed');
      case 'step-start':
      case 'step-retry':
      case 'step-end':
      case 'step-skip':
      case 'step-cancel':
      case 'step-suspend':
        return this.#progress(event, PROGRESS[event.type]);
      default:
        return '';
    }
  }

  #progress(event: Progress, status: string): string {
    const place = placeOf(event);
    const closed = event.type === 'step-start' || event.type === 'step-retry' ? '' : this.#message.close(place);
    const asked = event.type === 'step-suspend' ? this.#ask(place, event.step, event.ask, event.expiresAt) : '';
    if (!this.#steps) return closed + asked;
    const data = { step: event.step, key: place, status };
    return closed + asked + this.#message.show(`step:${place}`, { type: 'data-step', id: `step:${place}`, data });
  }

  #custom(event: CustomEvent<string>): string {
    const part = this.#customPart?.(event) ?? {};
    if (part === false) return '';
    const { id, transient } = part;
    const chunk = { type: `data-${event.name}`, ...(id !== undefined && { id }), data: event.data ?? null };
    // What is told once is not told again when text is taken back.
    if (transient) return toChunk({ ...chunk, transient });
    return this.#message.show(id === undefined ? '' : `${chunk.type}:${id}`, chunk);
  }

  #ask(key: string, step: string, ask: unknown, expiresAt: number | undefined): string {
    const data = { step, key, ask: ask ?? null, ...(expiresAt !== undefined && { expiresAt }) };
    return this.#message.show(`ask:${key}`, { type: 'data-ask', id: `ask:${key}`, data });
  }

  #takeBack(place: string, step: string): string {
    if (!this.#message.hasSaid(place)) return '';
    return this.#resets ? this.#message.takeBack(place) : this.fail(toPlainError(new TokensResetError(step), { step }));
  }

  #end({ status, error }: Extract<RunEvent, { readonly type: 'run-end' }>): string {
    if (status === 'failed' || status === 'timeout')
      return this.fail(error ?? { name: 'Error', message: `The run has ended as ${status}.` });
    this.over = true;
    const closed = this.#message.closeAll();
    if (status === 'cancelled') return `${closed}${toChunk({ type: 'abort' })}${DONE}`;
    return closed + toChunk({ type: 'finish-step' }) + toChunk({ type: 'finish' }) + DONE;
  }
}
