import { ForEach, Pipeline, Step, Streaming, SubPipeline, call, type Ctx, type Each } from 'stepstream';

/** Says three words. */
export class Talker extends Pipeline<{ name: string }> {
  @Step({ to: 'respond' })
  prepare() {
    return 'ready';
  }

  @Streaming()
  async *respond({ state }: Ctx<this>) {
    yield 'Hello ';
    yield `${state.name}\n`;
    yield '€ 5';
  }
}

/** Its first attempt breaks off after a word. */
export class Retrier extends Pipeline<object> {
  @Streaming({ retry: 2 })
  async *respond({ attempt }: Ctx<this>) {
    yield attempt === 1 ? 'Forty-' : 'Life ';
    if (attempt === 1) throw new Error('the connection broke');
    yield 'is complex.';
  }
}

/** Fails after a word, with an error that has much to hide. */
export class Failing extends Pipeline<object> {
  @Streaming()
  async *respond() {
    yield 'Hel';
    throw Object.assign(new Error('the model is down', { cause: new Error('SECRET-CAUSE') }), { code: 'MODEL_DOWN' });
  }
}

/** What a test wants to know of a generator that never ends by itself. */
export class Endless extends Pipeline<object> {
  made = 0;
  finished = 0;
  readonly piece: string;
  readonly pause: () => Promise<void> | undefined;

  constructor(piece = 'word ', pause: () => Promise<void> | undefined = () => undefined) {
    super();
    this.piece = piece;
    this.pause = pause;
  }

  @Streaming()
  async *respond() {
    try {
      for (;;) {
        this.made++;
        yield this.piece;
        await this.pause();
      }
    } finally {
      this.finished++;
    }
  }
}

class Speaker extends Pipeline<{ fail: boolean }> {
  @Streaming({ to: 'check' })
  async *speak({ state }: Ctx<this>) {
    yield state.fail ? 'wrong ' : 'right ';
  }

  @Step()
  check({ state }: Ctx<this>) {
    if (state.fail) throw new Error('not good enough');
  }
}

/** A child has ended well, with all its text, when what it is in is tried again. */
export class Outer extends Pipeline<object> {
  readonly speaker = new Speaker();

  @SubPipeline(() => Speaker, { retry: 2, to: 'last' })
  ask({ attempt }: Ctx<this>) {
    return call(this.speaker, { fail: attempt === 1 });
  }

  @Streaming()
  async *last() {
    yield 'end';
  }
}

/** Two items at once, and one of them is tried again after both have spoken. */
export class Items extends Pipeline<object> {
  @Step({ to: 'each' })
  list() {
    return ['a', 'b'];
  }

  @ForEach({ retry: 2 })
  async *each({ item, attempt }: Each<this, string>) {
    yield `${item}${attempt} `;
    await new Promise((resolve) => setTimeout(resolve, item === 'a' ? 5 : 1));
    if (item === 'a' && attempt === 1) throw new Error('again');
    yield `${item}! `;
  }
}
