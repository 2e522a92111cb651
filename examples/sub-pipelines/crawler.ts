import { Pipeline, Step, type Ctx } from 'stepstream';

export interface Page {
  address: string;
  text: string;
}

const PAGES: Record<string, string> = {
  'library/whales': '<p>they sing</p>',
  'harbour/whales': '<p>they are late</p>',
  'tavern/whales': '<p>one ate my ship</p>',
};

export class Crawler extends Pipeline<Page> {
  @Step({ to: 'clean' })
  async fetch({ state }: Ctx<this>) {
    return PAGES[state.address] ?? '<p>nothing is known</p>';
  }

  @Step()
  clean({ state, input }: Ctx<this, string>) {
    state.text = input.replaceAll(/<[^>]*>/g, '');
  }
}
