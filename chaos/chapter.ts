import { Pipeline, Step, Streaming, type Ctx } from '../src/index.js';
import { work } from './pace.js';
import { noteVisit } from './visits.js';

export interface ChapterState {
  readonly title: string;
  pages: number;
}

/** A child of which there are several at once. */
export class Chapter extends Pipeline<ChapterState> {
  static readonly pipeline = { name: 'chaos-chapter', middleware: noteVisit };

  @Step({ to: 'tell' })
  async begin({ state, signal }: Ctx<this>) {
    await work(15, signal);
    return `${state.title}: `;
  }

  @Streaming({ to: 'count' })
  async *tell({ input, signal }: Ctx<this, string>) {
    yield input;
    for (let word = 1; word <= 15; word++) {
      await work(15, signal);
      yield `w${word} `;
    }
  }

  @Step()
  async count({ state, input, signal }: Ctx<this, string>) {
    await work(5, signal);
    state.pages = input.length;
  }
}
