import { ForEach, OnError, OnShutdown, OnStartup, Step, Streaming, SubPipeline, Switch } from '../src/index.js';
import { call, Pipeline, type Ctx, type Each, type Failure, type Join, type RunContext } from '../src/index.js';
import { Chapter, type ChapterState } from './chapter.js';
import { work } from './pace.js';
import { noteVisit } from './visits.js';
import { Writer, type Draft } from './writer.js';

export interface EverythingState {
  readonly topic: string;
  readonly rounds: number;
  total: number;
  sizes: Record<string, number>;
  revised: number;
  prepared: number;
  found: string[];
  facts: string[];
  winner: string;
  written: string;
  mended: string;
}

/** What a run begins with; each number gives another run, and always the same. */
export function stateOf(number: number): EverythingState {
  return {
    ...{ topic: `topic ${number}`, rounds: 1 + (number % 3), total: number, sizes: {}, revised: 0, prepared: 0 },
    ...{ found: [], facts: [], winner: '', written: '', mended: '' },
  };
}

/** A graph with every kind of step; whatever happens to its processes, its outputs and its state are always the same. */
export class Everything extends Pipeline<EverythingState> {
  static readonly pipeline = {
    ...{ name: 'chaos-everything', middleware: noteVisit, cancelGrace: 20_000 },
    merge: { total: 'sum' },
  } as const;
  readonly writer = new Writer();
  readonly chapter = new Chapter();

  @OnStartup({ per: 'run' })
  prepare({ state }: RunContext<EverythingState>) {
    state.prepared += 1;
  }

  @OnShutdown({ per: 'run' })
  tidy() {}

  @Step({ to: ['web', 'docs', 'files', 'slow', 'fast'] })
  async start({ state, emit, signal }: Ctx<this>) {
    await work(10, signal);
    emit('begun', { topic: state.topic });
    return state.topic;
  }

  @Streaming({ to: 'gather' })
  async *web({ input, state, signal }: Ctx<this, string>) {
    for (let hit = 1; hit <= 40; hit++) {
      await work(15, signal);
      yield `hit ${hit} of ${input}; `;
    }
    state.total += 40;
    return [`web 1 of ${input}`, `web 2 of ${input}`];
  }

  @Step({ to: 'gather', retry: { attempts: 3, delay: 20 } })
  async docs({ attempt, input, usage, state, signal }: Ctx<this, string>) {
    await work(60, signal);
    if (attempt < 3) throw new Error(`attempt ${attempt} never works`);
    usage({ model: 'small', input: 5, output: attempt });
    state.total += 1;
    return [`docs of ${input}`];
  }

  @Step({ to: 'load' })
  async files({ input, signal }: Ctx<this, string>) {
    await work(40, signal);
    return [3, 1, 4, 1, 5, 9].map((size) => ({ name: `${input} ${size}`, size }));
  }

  @ForEach({ to: 'gather', concurrency: 3 })
  async load({ item, index, state, signal }: Each<this, { name: string; size: number }>) {
    await work(15 * (1 + (index % 3)), signal);
    state.total += item.size;
    state.sizes[`file ${index}`] = item.size;
    return `${item.name} loaded`;
  }

  /** Never ends by itself: the other one always wins. */
  @Streaming({ to: 'race' })
  async *slow({ signal }: Ctx<this, string>) {
    for (let word = 1; word <= 5_000; word++) {
      await work(20, signal);
      yield `slow ${word} `;
    }
    throw new Error('nobody has ended the slow one');
  }

  @Step({ to: 'race' })
  async fast({ input, signal }: Ctx<this, string>) {
    await work(250, signal);
    return `fast ${input}`;
  }

  @Step({ join: 'any', to: 'facts' })
  async race({ inputs, state }: Join<this, { fast?: string; slow?: string }>) {
    state.winner = inputs.fast ?? 'the wrong one';
    return state.winner;
  }

  @Streaming({ to: 'checkFacts' })
  async *facts({ input, signal }: Ctx<this, string>) {
    for (let fact = 1; fact <= 25; fact++) {
      await work(15, signal);
      yield `${input} fact ${fact}. `;
    }
  }

  @Step({ to: 'finale' })
  async checkFacts({ input, state, signal }: Ctx<this, string>) {
    await work(20, signal);
    state.facts = input.split('. ').slice(0, 3);
    return state.facts.length;
  }

  @Step({ to: ['review', 'outline'] })
  async gather({ inputs, state, signal }: Join<this, { web: string[]; docs: string[]; load: string[] }>) {
    await work(10, signal);
    state.found = [...inputs.web, ...inputs.docs, ...inputs.load];
    return state.found.length;
  }

  @Switch({ cases: { again: 'revise', good: 'write' } })
  async review({ state, signal }: Ctx<this, number>) {
    await work(10, signal);
    return state.revised < state.rounds ? ('again' as const) : ('good' as const);
  }

  @Streaming({ to: 'measure' })
  async *revise({ input, state, signal }: Ctx<this, number>) {
    for (let word = 1; word <= 20; word++) {
      await work(10, signal);
      yield `revision ${state.revised} word ${word} `;
    }
    state.revised += 1;
    return input + 1;
  }

  @Step({ to: 'review' })
  async measure({ input, emit, usage, signal }: Ctx<this, number>) {
    await work(5, signal);
    emit('measured', input);
    usage({ input: 1, output: 1 });
    return input;
  }

  @SubPipeline(() => Writer, { to: 'sign' })
  async write({ state }: Ctx<this, number>) {
    return call(this.writer, { topic: state.topic, prepared: 0, text: '' });
  }

  @Step({ to: 'finale' })
  async sign({ input, state, signal }: Ctx<this, Draft>) {
    await work(10, signal);
    state.written = `${input.text} prepared ${input.prepared}`;
    return input.text;
  }

  @Step({ to: 'chapters' })
  async outline({ input, signal }: Ctx<this, number>) {
    await work(20, signal);
    return ['one', 'two', 'three', 'four'].map((title) => `${title} of ${input}`);
  }

  @SubPipeline(() => Chapter, { each: true, concurrency: 2, to: 'bind' })
  async chapters({ item }: Each<this, string>) {
    return call(this.chapter, { title: item, pages: 0 });
  }

  @Step({ to: 'read' })
  async bind({ input, signal }: Ctx<this, ChapterState[]>) {
    await work(10, signal);
    return input.reduce((pages, chapter) => pages + chapter.pages, 0);
  }

  @Streaming({ to: 'finale', onError: 'mend' })
  async *read({ input, signal }: Ctx<this, number>) {
    for (let page = 1; page <= 10; page++) {
      await work(10, signal);
      yield `page ${page} `;
    }
    if (input > 0) throw new Error(`page 11 of ${input} is missing`);
    return 11;
  }

  @OnError()
  async *mend({ state, signal }: Failure<this>) {
    for (let page = 1; page <= 12; page++) {
      await work(10, signal);
      yield `mended ${page} `;
    }
    state.mended = 'yes';
    return 12;
  }

  @Step({ to: ['sum', 'thank'] })
  async finale({ inputs, signal }: Join<this, { checkFacts: number; sign: string; read: number }>) {
    await work(10, signal);
    return inputs;
  }

  @Step({ to: 'end' })
  async sum({ state, signal }: Ctx<this>) {
    await work(15, signal);
    state.total += 1_000;
    return state.total;
  }

  @Streaming({ to: 'end' })
  async *thank({ signal }: Ctx<this>) {
    for (const word of ['Thank ', 'you ', 'for ', 'the ', 'chaos.']) {
      await work(50, signal);
      yield word;
    }
  }

  @Step()
  async end({ inputs, signal }: Join<this, { sum: number; thank: string }>) {
    await work(10, signal);
    return { ...inputs, over: true };
  }
}
