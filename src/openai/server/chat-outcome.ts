import type { RunEvent } from '../../run/events.js';
import { UsageMeter } from '../../run/usage-meter.js';
import type { FinishReason } from '../chat-client.js';
import type { ServedModel } from './model.js';

/** Token counts as OpenAI sends them. */
export interface CompletionUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** The reasons that a text can end for; a client that reads of tools would wait for calls of some. */
const REASONS: ReadonlySet<unknown> = new Set<FinishReason>(['stop', 'length', 'content_filter']);

/** What the end of an answer tells besides its text, gathered while the run goes on. */
export class ChatOutcome {
  finishReason: FinishReason = 'stop';
  readonly #model: ServedModel<never>;
  readonly #tell: (error: unknown) => void;
  readonly #meter = new UsageMeter();
  #told = false;

  constructor({ served, tell }: { readonly served: ServedModel<never>; readonly tell: (error: unknown) => void }) {
    this.#model = served;
    this.#tell = tell;
  }

  watch(event: RunEvent): void {
    if (event.type === 'usage') {
      this.#told = true;
      this.#meter.add(event.usage);
    } else if (event.type === 'step-end' && event.step === this.#model.finishReason && event.index === undefined)
      if (REASONS.has(event.output)) this.finishReason = event.output as FinishReason;
  }

  /** Whether this event is a piece of the answer. */
  speaks(event: RunEvent): event is Extract<RunEvent, { readonly type: 'token' }> & { readonly value: string } {
    if (event.type !== 'token' || typeof event.value !== 'string' || event.value === '') return false;
    return this.#model.tokens?.has(event.step) ?? true;
  }

  /** `null` if nobody has reported any: zeros would be a lie. */
  get usage(): CompletionUsage | null {
    const counts = this.#count();
    if (counts === undefined) return null;
    const { input, output } = counts;
    return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  }

  #count(): { readonly input: number; readonly output: number } | undefined {
    const { usage } = this.#model;
    const { total } = this.#meter;
    if (usage === undefined) return this.#told ? total : undefined;
    try {
      return usage(total);
    } catch (error) {
      // A good answer must not fail because it can't be counted.
      this.#tell(error);
      return undefined;
    }
  }
}
