import { OnShutdown, OnStartup, Pipeline, Step, Streaming, type Ctx, type RunContext } from '../src/index.js';
import { work } from './pace.js';
import { noteVisit } from './visits.js';

export interface Draft {
  readonly topic: string;
  prepared: number;
  text: string;
}

/** A child that writes: hooks of its own, and tokens in the middle of its parent. */
export class Writer extends Pipeline<Draft> {
  static readonly pipeline = { name: 'chaos-writer', middleware: noteVisit };

  @OnStartup({ per: 'run' })
  prepare({ state }: RunContext<Draft>) {
    state.prepared += 1;
  }

  @OnShutdown({ per: 'run' })
  tidy() {}

  @Step({ to: 'draft' })
  async sketch({ state, signal }: Ctx<this>) {
    await work(20, signal);
    return [...state.topic.toUpperCase()];
  }

  @Streaming({ to: 'polish' })
  async *draft({ input, state, signal }: Ctx<this, string[]>) {
    for (const [place, letter] of [...input, ...input, ...input].entries()) {
      await work(12, signal);
      yield `${letter}${place} `;
    }
    state.text = input.join('-');
  }

  @Step()
  async polish({ state, input, usage, signal }: Ctx<this, string>) {
    await work(10, signal);
    usage({ model: 'large', input: input.length, output: 3 });
    state.text = `${state.text}.`;
  }
}
