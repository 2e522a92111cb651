import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** Not a model: it says its line word by word, whatever it is asked. A test of the application provides another. */
@Injectable()
export class Model {
  async *answer(prompt: string, signal: AbortSignal): AsyncGenerator<string, void> {
    for (const word of `You have asked: "${prompt}" Life is complexity.`.match(/\S+\s*/g) ?? []) {
      await sleep(60, undefined, { signal });
      yield word;
    }
  }
}
