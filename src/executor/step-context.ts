import type { Usage } from '../../decorators/context.js';
import { MisuseError } from '../errors/misuse-error.js';
import { toPlain } from '../state/plain.js';
import type { FlowScope } from './activation.js';
import type { Attempt } from './attempt.js';

/** What a step method, or an `@OnError` method, takes: a view of one attempt. */
export class StepContext {
  readonly #attempt: Attempt;

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  get state(): object {
    return this.#attempt.state;
  }
  get signal(): AbortSignal {
    return this.#attempt.signal;
  }
  get input(): unknown {
    return this.#attempt.activation.given.input;
  }
  get inputs(): unknown {
    return this.#attempt.activation.given.inputs;
  }
  /** Of an each-item. */
  get item(): unknown {
    return this.#attempt.activation.given.item;
  }
  get index(): number | undefined {
    return this.#attempt.activation.index;
  }
  get outputs(): Readonly<Record<string, unknown>> {
    const { flow, outputsSeen } = this.#attempt.activation;
    return Object.freeze(flow.outputs.upTo(outputsSeen));
  }
  get attempt(): number {
    return this.#attempt.activation.attempt;
  }
  get step(): string {
    return this.#attempt.activation.name;
  }
  get runId(): string {
    return this.#attempt.activation.run.id;
  }
  get context(): unknown {
    return this.#attempt.activation.run.context;
  }
  /** Of an `@OnError` method: what the step threw. */
  get error(): unknown {
    return this.#attempt.error;
  }
  /** Of an `@OnError` method: the step that failed. */
  get failed(): string | undefined {
    return this.#attempt.role === 'body' ? undefined : this.#attempt.activation.name;
  }

  /** A bound function, for authors take it out of the context. */
  get emit(): (name: string, data?: unknown) => void {
    const attempt = this.#attempt;
    return (name, data) => {
      const { activation } = attempt;
      // Whatever a body says after the decision against it is dropped (F.3).
      if (!attempt.counts || activation.decided !== undefined) return;
      const plain = toPlain(data, `${activation.name}: the data of emit("${name}")`);
      activation.run.teller.step('custom', activation, { name, data: plain });
    };
  }

  get usage(): (usage: Usage) => void {
    const { activation } = this.#attempt;
    return (usage) => {
      const { run, flow } = activation;
      checkUsage(activation.name, usage);
      // Tokens are billed whatever becomes of the step, so a cancelled one still counts, until the run has ended.
      if (run.over) return;
      const { model, input, output } = usage;
      for (let at: FlowScope | undefined = flow; at !== undefined; at = at.caller?.flow) at.meter.add(usage);
      const plain = Object.freeze({ ...(model !== undefined && { model }), input, output });
      run.teller.step('usage', activation, { usage: plain });
    };
  }
}

function checkUsage(step: string, { model, input, output }: Usage): void {
  const named = model === undefined || typeof model === 'string';
  if (named && [input, output].every((count) => Number.isFinite(count) && count >= 0)) return;
  throw new MisuseError({
    code: 'INVALID_USAGE',
    message: `${step}: usage() takes numbers of 0 or more as input and output, and the model's name as a string.`,
    remedy: 'Pass the token counts of the model call: usage({ input: 12, output: 34 }).',
  });
}
