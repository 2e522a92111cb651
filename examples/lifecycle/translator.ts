import { OnShutdown, OnStartup, Pipeline, Streaming, type Ctx, type RunContext } from 'stepstream';
import { openDictionary, type Dictionary } from './dictionary.js';

export interface Phrase {
  words: string[];
}

/** What the caller says of a request: read-only for the steps, and no part of the state. */
export interface Customer {
  name: string;
}

export class Translator extends Pipeline<Phrase, Customer> {
  // Services are fields. Hooks write to them; a step that did would write to every run of this instance.
  private dictionary!: Dictionary;

  // Before the first active run of the instance, however many begin at once.
  @OnStartup()
  async openBook() {
    console.log('the dictionary is opened');
    this.dictionary = await openDictionary();
  }

  // Around every run. It may prepare the state.
  @OnStartup({ per: 'run' })
  prepare({ state, context }: RunContext<Phrase, Customer>) {
    console.log(`  ${context.name} comes in`);
    state.words = state.words.map((word) => word.toLowerCase());
  }

  @Streaming()
  async *translate({ state }: Ctx<this>) {
    for (const word of state.words) {
      const translated = await this.dictionary.find(word);
      if (translated === undefined) throw new Error(`there is no "${word}" in the dictionary`);
      yield `${translated} `;
    }
  }

  // The one place to persist what became of a run: it is called for success, failure and abort alike.
  @OnShutdown({ per: 'run' })
  record({ context, outcome }: RunContext<Phrase, Customer>) {
    console.log(`  ${context.name} leaves (${outcome?.status}): "${outcome?.text.trim()}"`);
  }

  // When the last active run has ended and nobody holds the instance open.
  @OnShutdown()
  async closeBook() {
    await this.dictionary.close();
    console.log('the dictionary is closed');
  }
}
