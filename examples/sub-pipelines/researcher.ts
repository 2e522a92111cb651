import { Pipeline, Step, Streaming, SubPipeline, call, type Ctx, type Each } from 'stepstream';
import { Crawler, type Page } from './crawler.js';

export interface Research {
  topic: string;
  facts: string[];
}

export class Researcher extends Pipeline<Research> {
  private readonly crawler = new Crawler();

  @Step({ to: 'crawl' })
  plan({ state }: Ctx<this>) {
    return ['library', 'harbour', 'tavern'].map((place) => `${place}/${state.topic}`);
  }

  // One child per item, two at once; the output is the array of their final states, in the order of the items.
  @SubPipeline(() => Crawler, { each: true, concurrency: 2, to: 'digest' })
  crawl({ item }: Each<this, string>) {
    return call(this.crawler, { address: item, text: '' });
  }

  @Streaming()
  async *digest({ state, input }: Ctx<this, Page[]>) {
    for (const { text } of input) {
      state.facts.push(text);
      yield text;
    }
  }
}
