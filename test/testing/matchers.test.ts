import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  OnError,
  Pipeline,
  skip,
  Step,
  StepError,
  Streaming,
  toMermaid,
  type Ctx,
  type Failure,
  type Join,
} from 'stepstream';
import { stepstreamMatchers, testRun, type TestRun } from 'stepstream/testing';
import 'stepstream/testing/vitest';

interface Question {
  how: 'well' | 'fail' | 'again';
}

class Rag extends Pipeline<Question> {
  @Step({ to: ['web', 'docs'] })
  start(): void {}
  @Step({ to: 'rank' })
  async web({ state }: Ctx<this>): Promise<string> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    if (state.how === 'fail') throw new TypeError('the web is down\nfor good', { cause: new RangeError('no route') });
    return 'web';
  }
  @Step({ to: 'rank' })
  docs() {
    return skip();
  }
  @Step({ to: 'respond' })
  rank({ inputs }: Join<this, { web: string; docs?: never }>): string {
    return inputs.web;
  }
  @Streaming({ retry: 2 })
  async *respond({ state, input, attempt }: Ctx<this, string>): AsyncGenerator<string | { n: number }> {
    yield 'from ';
    if (state.how === 'again' && attempt === 1) throw new Error('cut');
    yield { n: 1 };
    yield input;
  }
}

const runOf = (how: Question['how']) => testRun(new Rag(), { how });
/** What a failing matcher says. */
function said(assertion: () => unknown): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  return 'it has passed';
}
const INVALID = expect.objectContaining({ code: 'INVALID_TEST_OPTION' });

describe('toHaveTaken', () => {
  it('compares the steps that have ended well, in the order of their ends', async () => {
    const run = await runOf('well');
    expect(run).toHaveTaken(['start', 'docs', 'web', 'rank', 'respond']);
    expect(run).not.toHaveTaken(['start', 'web', 'docs', 'rank', 'respond']);
    expect(run).not.toHaveTaken(['start']);
    expect(await runOf('fail')).toHaveTaken(['start', 'docs']);
  });

  it('shows both paths, and how the run has ended', async () => {
    const run = await runOf('fail');
    expect(said(() => expect(run).toHaveTaken(['start', 'web']))).toBe(
      [
        'Expected Rag to have taken',
        '  start → web',
        'but it has taken',
        '  start → docs',
        'It has ended as failed:',
        '  StepError [STEP_FAILED]: Rag.web: the web is down',
        '  ← TypeError: the web is down',
        '  ← RangeError: no route',
      ].join('\n'),
    );
    expect(said(() => expect(run).not.toHaveTaken(['start', 'docs']))).toContain('Expected Rag not to have taken');
  });

  it('refuses names that are no steps, also where they would be right for ever', async () => {
    const run = await runOf('well');
    // @ts-expect-error -- nor does the compiler take them
    expect(() => expect(run).not.toHaveTaken(['strat'])).toThrow(/there is no step "strat"; did you mean "start"/);
  });
});

describe('toHaveTokens and toHaveText', () => {
  it('compare the tokens that count', async () => {
    const run = await runOf('again');
    expect(run.events.filter(({ type }) => type === 'token')).toHaveLength(4);
    expect(run).toHaveTokens(['from ', { n: 1 }, 'web']);
    expect(run).toHaveTokens([expect.any(String), expect.anything(), 'web'], { step: 'respond' });
    expect(run).toHaveTokens([], { step: 'web' });
    expect(run).not.toHaveTokens(['from ', 'web']);
    expect(run).toHaveText('from web');
    expect(run).toHaveText(/^from/, { step: 'respond' });
    expect(run).not.toHaveText('from');
  });

  it('say what was said instead', async () => {
    const run = await runOf('well');
    expect(said(() => expect(run).toHaveTokens(['from']))).toBe(
      'Expected Rag to have said\n  "from"\nbut it has said\n  "from " {"n":1} "web"\nIt has ended as success.',
    );
    expect(said(() => expect(run).toHaveText(/^web/, { step: 'respond' }))).toBe(
      'Expected Rag.respond to have said\n  /^web/\nbut it has said\n  "from web"\nIt has ended as success.',
    );
    expect(said(() => expect(run).not.toHaveText('from web'))).toContain('Expected Rag not to have said');
    expect(said(() => expect(run).toHaveTokens(['x'], { step: 'web' }))).toContain('  (nothing)');
  });

  it('give the runner what differs, for its diff', async () => {
    const run = await runOf('well');
    const context = { equals: () => false };
    expect(stepstreamMatchers.toHaveText.call(context, run, 'web')).toMatchObject({
      actual: 'from web',
      expected: 'web',
    });
    expect(stepstreamMatchers.toHaveTokens.call(context, run, [])).toMatchObject({
      actual: ['from ', { n: 1 }, 'web'],
    });
  });

  it('refuse a step that there is not', async () => {
    const run = await runOf('well');
    // @ts-expect-error -- nor does the compiler take it
    expect(() => expect(run).not.toHaveText('x', { step: 'rspond' })).toThrow(
      /no step "rspond"; did you mean "respond"/,
    );
  });
});

describe('toHaveLedger', () => {
  it('compares what the ledger says of the steps that are named', async () => {
    const run = await runOf('fail');
    expect(run).toHaveLedger({ start: 'done', docs: 'skipped', web: 'failed', rank: 'not taken' });
    expect(run).toHaveLedger({ start: ['done'], rank: [], respond: { status: 'not taken', why: 'ended' } });
    expect(run.result).toHaveLedger({ web: 'failed' });
    expect(run).not.toHaveLedger({ start: 'done', web: 'done' });
    expect(run).not.toHaveLedger({ start: ['done', 'done'] });
    expect(run).not.toHaveLedger({ rank: { why: 'dead' } });
  });

  it('shows the whole ledger, and where it differs', async () => {
    const run = await runOf('fail');
    expect(
      said(() => expect(run).toHaveLedger({ start: 'done', web: 'done', rank: ['done'], respond: { why: 'dead' } })),
    ).toBe(
      [
        'Expected the ledger to say so (- expected, + received):',
        '',
        '    start    done',
        '  - web      done',
        '  + web      failed',
        '    docs     skipped',
        '  - rank     done',
        '  + rank     not taken (ended)',
        '  - respond  {"why":"dead"}',
        '  + respond  not taken (ended)',
        '',
        'It has ended as failed:',
        '  StepError [STEP_FAILED]: Rag.web: the web is down',
        '  ← TypeError: the web is down',
        '  ← RangeError: no route',
      ].join('\n'),
    );
    expect(said(() => expect(run).not.toHaveLedger({ web: 'failed' }))).toContain('Expected the ledger not to say so');
  });

  it('refuses names that are no steps', async () => {
    const run = await runOf('well');
    // @ts-expect-error -- nor does the compiler take them
    expect(() => expect(run).not.toHaveLedger({ serch: 'done' })).toThrow(INVALID);
  });
});

describe('toHaveSucceeded and toHaveFailedWith', () => {
  it('tell how a run has ended', async () => {
    const [well, failed] = await Promise.all([runOf('well'), runOf('fail')]);
    expect(well).toHaveSucceeded();
    expect(well.result).toHaveSucceeded();
    expect(failed).not.toHaveSucceeded();
    for (const failing of ['STEP_FAILED', StepError, TypeError, RangeError, /no route/, /the web is down/])
      expect(failed).toHaveFailedWith(failing);
    for (const other of ['STEP_TIMEOUT', SyntaxError, /no rout$/]) expect(failed).not.toHaveFailedWith(other);
    expect(well).not.toHaveFailedWith(Error);
  });

  it('find the errors inside of an AggregateError', async () => {
    class Both extends Pipeline<object> {
      @Step()
      work(): void {
        throw new AggregateError([new TypeError('one'), new RangeError('two')], 'both');
      }
    }
    expect(await testRun(new Both(), {})).toHaveFailedWith(RangeError);
  });

  it('name the error and its causes, and show the ledger', async () => {
    const [well, failed] = await Promise.all([runOf('well'), runOf('fail')]);
    expect(said(() => expect(failed).toHaveSucceeded())).toBe(
      [
        'Expected the run to have succeeded. It has ended as failed:',
        '  StepError [STEP_FAILED]: Rag.web: the web is down',
        '  ← TypeError: the web is down',
        '  ← RangeError: no route',
        '',
        '    start    done',
        '    web      failed',
        '    docs     skipped',
        '    rank     not taken (ended)',
        '    respond  not taken (ended)',
      ].join('\n'),
    );
    expect(said(() => expect(well).toHaveFailedWith('STEP_TIMEOUT'))).toBe(
      'Expected the run to have failed with the code STEP_TIMEOUT. It has ended as success.',
    );
    expect(said(() => expect(failed).not.toHaveFailedWith(TypeError))).toContain('not to have failed with TypeError.');
    expect(said(() => expect(failed).toHaveFailedWith(/never/))).toContain('to have failed with /never/.');
  });

  it('refuse what names no error', async () => {
    const run = await runOf('well');
    expect(() => expect(run).not.toHaveFailedWith(5 as never)).toThrow(INVALID);
  });
});

describe('toHaveGraph', () => {
  const edges = ['start --> web', 'start --> docs', 'web --> rank', 'docs --> rank', 'rank --> respond'];

  it('compares the edges of a class or an instance, in any order', () => {
    expect(Rag).toHaveGraph(edges);
    expect(new Rag()).toHaveGraph([...edges].reverse());
    expect(Rag).toHaveGraph(`
      start --> web
      start --> docs
      web   --> rank
      docs  --> rank
      rank  --> respond
    `);
    expect(Rag).not.toHaveGraph(edges.slice(1));
    expect(Rag).not.toHaveGraph([...edges, 'rank --> docs']);
  });

  it('knows a step that stands alone', () => {
    class Alone extends Pipeline<object> {
      @Step({ onError: 'sorry' })
      work(_: Ctx<this>): void {}
      @OnError()
      sorry(_: Failure<this>): void {}
    }
    expect(Alone).toHaveGraph('work');
  });

  it('shows the graph, and where it differs', () => {
    expect(said(() => expect(Rag).toHaveGraph([...edges.slice(1), 'docs --> respond']))).toBe(
      [
        'Expected the graph to be (- expected, + received):',
        '',
        '  + start --> web',
        '    start --> docs',
        '    web --> rank',
        '    docs --> rank',
        '    rank --> respond',
        '  - docs --> respond',
      ].join('\n'),
    );
    expect(said(() => expect(Rag).not.toHaveGraph(edges))).toContain('Expected the graph not to be');
  });

  it('compares drawings whatever their indentation and styling', () => {
    const drawing = toMermaid(Rag);
    const plain = drawing
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => !/^(classDef|class|style) /.test(line));
    expect(drawing).toHaveGraph(plain.join('\n'));
    expect(drawing).not.toHaveGraph(plain.filter((line) => line !== 'n4 --> n1').join('\n'));
    expect(() => expect(Rag).toHaveGraph(drawing)).toThrow(INVALID);
  });
});

describe('what the matchers are given', () => {
  it('may be of any runner: they import none', () => {
    expect(Object.keys(stepstreamMatchers).sort()).toEqual([
      'toBeHonest',
      'toHaveFailedWith',
      'toHaveGraph',
      'toHaveLedger',
      'toHaveSucceeded',
      'toHaveTaken',
      'toHaveText',
      'toHaveTokens',
    ]);
  });

  it.each(['a text', undefined, {}, { result: {}, events: [] }])('is refused if it is no run: %s', (received) => {
    expect(() => expect(received).toHaveSucceeded()).toThrow(INVALID);
    expect(() => expect(received).not.toHaveTaken([])).toThrow(INVALID);
  });

  it('is refused if it is a run that has not ended, or its result where the events count', async () => {
    const run = new Rag().run({ how: 'well' });
    expect(() => expect(run).toHaveSucceeded()).toThrow(/expect\(await run\.result\)/);
    const result = await run.result;
    expect(() => expect(result).toHaveTaken(['start'])).toThrow(/it takes what testRun\(\) resolves to/);
  });

  it('gives the names of the steps to the compiler', () => {
    expectTypeOf<TestRun<Rag>['tokens']>().toEqualTypeOf<readonly (string | { n: number })[]>();
    expectTypeOf<TestRun<Rag>['result']['outputs']['rank']>().toEqualTypeOf<string | undefined>();
  });
});
