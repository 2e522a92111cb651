import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  call,
  ForEach,
  goto,
  Pipeline,
  Step,
  Streaming,
  SubPipeline,
  suspend,
  Switch,
  type Ctx,
  type Each,
} from 'stepstream';
import { explore, standIn, testRun } from 'stepstream/testing';
import 'stepstream/testing/vitest';

interface Topic {
  topic: string;
  found?: string;
}

class Researcher extends Pipeline<Topic> {
  readonly model: { ask(topic: string): Promise<string> };
  constructor(model: Researcher['model'] = { ask: () => Promise.reject(new Error('no model in a test')) }) {
    super();
    this.model = model;
  }
  @Step({ to: 'read' })
  search({ state }: Ctx<this>): Promise<string> {
    return this.model.ask(state.topic);
  }
  @Streaming()
  async *read({ input, state }: Ctx<this, string>): AsyncGenerator<string> {
    state.found = input;
    yield `(${input})`;
  }
}

interface Paper {
  topics: string[];
  rounds: number;
  words: string[];
}

/** Everything at once: items, a pipeline inside, a loop, a switch and a question. */
class Writer extends Pipeline<Paper> {
  static readonly pipeline = { name: 'writer' };
  private readonly researcher: Researcher;
  constructor(researcher = new Researcher()) {
    super();
    this.researcher = researcher;
  }
  @Step({ to: 'research' })
  start({ state }: Ctx<this>): string[] {
    return state.topics;
  }
  @SubPipeline(() => Researcher, { each: true, to: 'shorten' })
  research({ item }: Each<this, string>) {
    return call(this.researcher, { topic: item });
  }
  @ForEach({ to: 'judge' })
  async shorten({ item, index }: Each<this, Topic>): Promise<string> {
    return `${index}${item.found}`;
  }
  @Step({ to: 'route' })
  judge({ state, input }: Ctx<this, string[]>): string[] {
    state.rounds++;
    state.words = input;
    return input;
  }
  @Switch({ cases: { more: 'again', enough: 'approve' } })
  route({ state }: Ctx<this, string[]>) {
    return state.rounds < 3 ? 'more' : 'enough';
  }
  @Step({ goto: 'judge' })
  again({ input }: Ctx<this, string[]>) {
    return goto('judge', [...input, '!']);
  }
  @Step({ to: 'publish' })
  approve({ state }: Ctx<this, string[]>) {
    return suspend<'yes' | 'no', string>(`publish ${state.words.length} words?`);
  }
  @Step()
  publish({ input }: Ctx<this, 'yes' | 'no'>): boolean {
    return input === 'yes';
  }
}

const paper = (): Paper => ({ topics: ['a', 'b'], rounds: 0, words: [] });
const model = { ask: async (topic: string) => topic.toUpperCase() };
// prettier-ignore
const PATH = ['start', 'research', 'shorten', 'judge', 'route', 'again', 'judge', 'route', 'again', 'judge', 'route'] as const;

describe('a run of every kind of step', () => {
  it('is answered, and collected over its segments', async () => {
    const writer = new Writer(new Researcher(model));
    const run = await testRun(writer, paper(), { id: 'mine', answers: { approve: 'yes' } });
    expect(run).toHaveSucceeded();
    expect(run).toHaveTaken([...PATH, 'approve', 'publish']);
    expect(run).toHaveTaken(['search', 'read'], { within: 'research[1]' });
    expect(run).toHaveText(/^\((A|B)\)\((A|B)\)$/);
    expect(run).toHaveLedger({
      judge: ['done', 'done', 'done'],
      again: ['done', 'done'],
      approve: 'done',
      publish: 'done',
    });
    expect(run).toBeHonest();
    expect(run.result.outputs.publish).toBe(true);
    expect(
      run.events.filter(({ type }) => type === 'run-start').map((event) => 'segment' in event && event.segment),
    ).toEqual([1, 2]);
  });

  it('stays suspended without an answer', async () => {
    const writer = new Writer(new Researcher(model));
    for (const answers of [undefined, {}, () => undefined]) {
      const run = await testRun(writer, paper(), { answers });
      expect(run.result).toMatchObject({ status: 'suspended', asks: [{ key: 'approve', ask: 'publish 4 words?' }] });
      expect(run).toHaveTaken(PATH);
      expect(run).toHaveLedger({ approve: 'suspended', publish: 'not taken' });
      expect(run).toBeHonest();
    }
  });

  it('is answered by a function of what is asked, which the compiler knows', async () => {
    const asked: string[] = [];
    const { result } = await testRun(new Writer(new Researcher(model)), paper(), {
      answers: ({ key, ask }) => {
        expectTypeOf(ask).toEqualTypeOf<string>();
        asked.push(`${key}: ${ask}`);
        return 'no';
      },
    });
    expect([asked, result.outputs.publish]).toEqual([['approve: publish 4 words?'], false]);
    // @ts-expect-error -- no such answer
    await testRun(new Writer(new Researcher(model)), paper(), { answers: { approve: 'perhaps' } });
  });

  it('has the same result in whatever order its items and children are reported', async () => {
    const texts = new Set<string>();
    const { orders } = await explore({ runs: 100 }, async (seeded) => {
      const run = await seeded.run(new Writer(new Researcher(model)), paper(), { answers: { approve: 'yes' } });
      expect(run).toHaveSucceeded();
      expect(run.result.state).toEqual({ topics: ['a', 'b'], rounds: 3, words: ['0A', '1B', '!', '!'] });
      expect(run).toBeHonest();
      texts.add(run.text);
    });
    expect([...texts].sort()).toEqual(['(A)(B)', '(B)(A)']);
    expect(orders).toBeGreaterThan(10);
  });
});

describe('standIn, with every kind of step', () => {
  it('stands in for the steps of a sub-pipeline on its own instance', async () => {
    const writer = new Writer();
    using mocks = standIn(writer['researcher'], { steps: { search: async ({ state }) => `all about ${state.topic}` } });
    const run = await testRun(writer, paper());
    expect(run).toHaveText(/\(all about a\)/);
    expect(mocks.calls.search.map(({ state }) => state)).toEqual([{ topic: 'a' }, { topic: 'b' }]);
  });

  it('stands in for a sub-pipeline itself, held in a private field', async () => {
    const writer = new Writer();
    using _ = standIn(writer, { services: { researcher: new Researcher(model) } });
    expect((await testRun(writer, paper())).result.state.words).toEqual(['0A', '1B', '!', '!']);
  });

  it('records the item of each call', async () => {
    const writer = new Writer(new Researcher(model));
    using mocks = standIn(writer, {
      steps: {
        shorten: ({ item, index }) => `${item.topic}${index}`,
        route: () => 'enough',
        approve: () => suspend('well?'),
      },
    });
    const { result } = await testRun(writer, paper(), { answers: { approve: 'yes' } });
    expect(result.state.words).toEqual(['a0', 'b1']);
    expect(mocks.calls.shorten).toMatchObject([
      { index: 0, item: { topic: 'a', found: 'A' }, attempt: 1 },
      { index: 1, item: { topic: 'b', found: 'B' }, attempt: 1 },
    ]);
    expectTypeOf(mocks.calls.shorten[0].item).toEqualTypeOf<Topic>();
    expectTypeOf(mocks.calls.shorten[0].index).toEqualTypeOf<number>();
    expect(mocks.calls.approve).toHaveLength(1);
    // @ts-expect-error -- no such case
    standIn(writer, { steps: { route: () => 'nowhere' } }).restore();
  });
});

describe('toHaveGraph, with every kind of step', () => {
  it('names cases, jumps and what is inside', () => {
    expect(Writer).toHaveGraph(`
      start --> research
      research/search --> research/read
      research --> shorten
      shorten --> judge
      judge --> route
      route -- more --> again
      route -- enough --> approve
      again -- goto --> judge
      approve --> publish
    `);
  });

  it('names several words for one edge, the default, and the end', () => {
    class Router extends Pipeline<object> {
      @Switch({ cases: { a: 'one', b: 'one', c: null }, default: 'other' })
      route(): string {
        return 'a';
      }
      @Step()
      one(): void {}
      @Step()
      other(): void {}
    }
    expect(Router).toHaveGraph(['route -- a | b --> one', 'route -- c --> (end)', 'route -- default --> other']);
  });
});
