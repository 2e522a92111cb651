import { ForEach, Pipeline, Step, type Ctx, type Each, type PipelineOptions } from 'stepstream';

export interface Article {
  title: string;
  text: string;
}

export interface Press {
  articles: Article[];
  wordsRead: number;
}

export class Digest extends Pipeline<Press> {
  // Items run side by side and see nothing of one another. Two of them changing one field would be a conflict, unless the
  // class says how that field merges.
  static readonly pipeline = { merge: { wordsRead: 'sum' } } satisfies PipelineOptions<Press>;

  @Step({ to: 'summarise' })
  collect({ state }: Ctx<this>) {
    return state.articles;
  }

  // Runs once per item of its input, two at a time. An article that can't be summarised is left out of the digest.
  @ForEach({ to: 'compile', concurrency: 2, onItemError: 'skip' })
  async *summarise({ item, state }: Each<this, Article>) {
    const words = item.text.split(' ');
    state.wordsRead += words.length;
    if (words.length < 4) throw new Error(`"${item.title}" is too short`);

    yield `${item.title}:`;
    for (const word of words.slice(0, 4)) yield ` ${word}`;
    yield ' …';
    return { title: item.title, saved: words.length - 4 };
  }

  // The results stand in the order of the items, whichever has ended first.
  @Step()
  compile({ input }: Ctx<this, { title: string; saved: number }[]>) {
    return input.map(({ title, saved }) => `${title} (${saved} words shorter)`).join(', ');
  }
}
