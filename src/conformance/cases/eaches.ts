import type { ConformanceCase, Topic } from '../conformance-case.js';
import type { ConformancePipeline } from '../engine-under-test.js';
import { becameOf, eventsOf, type Kit } from '../kit.js';
import { latencyOf } from '../latency-of.js';
import { Lazy, LOCAL, SPREAD, type Eaches, type Work } from './each-pipelines.js';
import { spreadCases } from './spread-cases.js';

interface EachCase extends Omit<ConformanceCase, 'run'> {
  run(kit: Kit, pipelines: Eaches): Promise<void>;
}

/** What holds wherever items run. */
const EVERYWHERE: readonly EachCase[] = [
  {
    name: 'results stand in the order of the items, whichever ends first',
    rule: 'B.2',
    checks: 6,
    async run(kit, { Items }) {
      const told = await kit.run(Items, { items: [60, 30, 1] });
      kit.check('results', told.result.outputs.after, ['0: 60', '1: 30', '2: 1']);
      kit.check('ledger', told.result.ledger.work, { status: 'done', visits: ['done'], items: { done: 3 } });
      kit.check('starts behind it', eventsOf(told, 'step-start', 'after').length, 1);
    },
  },
  {
    name: 'every item tells its own start and end, with its index, and the each as a whole besides',
    rule: 'B.6',
    checks: 6,
    async run(kit, { Items }) {
      const told = await kit.run(Items, { items: ['a', 'b'] });
      const places = (type: 'step-start' | 'step-end'): unknown[] =>
        eventsOf(told, type, 'work').map(({ index }) => index ?? 'whole');
      kit.check('starts', places('step-start').map(String).sort(), ['0', '1', 'whole']);
      kit.check('ends', places('step-end').map(String).sort(), ['0', '1', 'whole']);
      kit.check('the whole ends last', places('step-end').at(-1), 'whole');
    },
  },
  {
    name: 'never more items at once than its concurrency, and with 1 one after the other',
    rule: 'F.5',
    checks: 10,
    async run(kit, { Items, OneByOne, spread }) {
      const long = latencyOf(kit.engine) / (spread ? 1 : 10);
      for (const [pipeline, most] of [[Items, 3] as const, [OneByOne, 1] as const]) {
        const told = await kit.run(pipeline, { items: Array.from({ length: 6 }, () => long) });
        let [active, highest] = [0, 0];
        for (const { name } of eventsOf(told, 'custom', 'work'))
          highest = Math.max(highest, (active += name === 'in' ? 1 : -1));
        kit.check('most at once', highest, most);
        kit.check('results', (told.result.outputs.after as unknown[]).length, 6);
      }
    },
  },
  {
    name: 'over nothing an each ends with an empty array, and the next step runs',
    rule: 'B.2',
    checks: 4,
    async run(kit, { Items }) {
      const told = await kit.run(Items, { items: [] });
      kit.check('results', [told.result.outputs.after, becameOf(told).after], [[], 'done']);
    },
  },
  {
    name: 'what is no list of items is refused, a string too',
    rule: 'B.2',
    checks: 12,
    async run(kit, { Items }) {
      for (const items of ['letters', 7, { length: 1 }]) {
        const told = await kit.run(Items, { items });
        kit.check('code', eventsOf(told, 'step-error', 'work')[0]?.error?.code, 'NOT_ITERABLE');
      }
    },
  },
  {
    name: 'a failed item fails the each, which tells so, and nothing follows',
    rule: 'D.1',
    checks: 6,
    async run(kit, { OneByOne }) {
      const told = await kit.run(OneByOne, { items: ['a', 'fails', 'c'] });
      kit.check(
        'result',
        [told.result.status, becameOf(told)],
        ['failed', { load: 'done', work: 'failed', after: 'ended' }],
      );
      kit.check('items', told.result.ledger.work.items, { done: 1, failed: 1 });
      kit.check('output', told.result.outputs.work, undefined);
    },
  },
  {
    name: 'onItemError skip leaves a failed item out',
    rule: 'D.3',
    checks: 5,
    async run(kit, { Lenient }) {
      const { result } = await kit.run(Lenient, { items: ['a', 'fails', 'c'] });
      kit.check('results', [result.status, result.outputs.after], ['success', ['0: a', '2: c']]);
      kit.check('items', result.ledger.work.items, { done: 2, failed: 1 });
    },
  },
  {
    name: 'onItemError collect runs them all and fails then',
    rule: 'D.3',
    checks: 5,
    async run(kit, { Collecting }) {
      const { result } = await kit.run(Collecting, { items: ['fails', 'b', 'fails'] });
      kit.check('result', [result.status, result.ledger.work.items], ['failed', { done: 1, failed: 2 }]);
      const said = result.errors.map(({ message }) => message).join('\n');
      kit.checkThat('both are told', said.includes('item 0 broke') && said.includes('item 2 broke'));
    },
  },
  {
    name: 'an item that skips is left out, and one that stops ends the pipeline of its each',
    rule: 'B.4',
    checks: 8,
    async run(kit, { Items, OneByOne }) {
      const skips = await kit.run(Items, { items: ['a', 'skips', 'c'] });
      kit.check(
        'skips',
        [skips.result.outputs.after, skips.result.ledger.work.items],
        [['0: a', '2: c'], { done: 2, skipped: 1 }],
      );
      const stops = await kit.run(OneByOne, { items: ['a', 'stops', 'c'] });
      kit.check('stops', [stops.result.status, becameOf(stops).after], ['success', 'stopped']);
    },
  },
  {
    name: 'retry and onError are per item, and what a failed attempt has said is taken back',
    rule: 'D.3',
    checks: 7,
    async run(kit, { Retried }) {
      const told = await kit.run(Retried, { items: ['a', 'twice', 'fails'] });
      kit.check('results', told.result.outputs.after, [[0, 1], [1, 2], 'instead of 2']);
      kit.check('texts', told.result.texts, { 'work[0]': '0/1 ', 'work[1]': '1/2 ' });
      kit.check(
        'retries',
        eventsOf(told, 'step-retry')
          .map(({ index }) => index)
          .sort(),
        [1, 2],
      );
      kit.check('items', told.result.ledger.work.items, { done: 2, recovered: 1 });
    },
  },
  {
    name: 'all items see the state that the each began with, and their changes are one merge in index order',
    rule: 'A.5',
    checks: 4,
    async run(kit, { Items }) {
      const { result } = await kit.run(Items, { items: [30, 1, 15, 1], seen: [], total: 10 });
      kit.check('state', result.state, {
        items: [30, 1, 15, 1],
        seen: [0, 1, 2, 3].map((index) => [index, 0]),
        total: 14,
      });
    },
  },
  {
    name: 'two items that write the same field are a conflict, and no write is lost in silence',
    rule: 'A.5',
    checks: 6,
    async run(kit, { Items }) {
      const { result } = await kit.run(Items, { items: ['writes', 'writes'], last: 'before' });
      kit.check('status', result.status, 'failed');
      kit.check('code', (result.errors as (Error & { code?: string })[])[0]?.code, 'STATE_CONFLICT');
      kit.check('state', (result.state as Work).last, 'before');
    },
  },
  {
    name: 'more items than any buffer holds run to the end',
    rule: 'promise 5',
    checks: 4,
    async run(kit, { Items }) {
      const { result } = await kit.run(Items, { items: Array.from({ length: 150 }, () => 'x'), total: 0 });
      kit.check('results', [(result.outputs.after as unknown[]).length, (result.state as Work).total], [150, 150]);
    },
  },
];

const casesOf = (pipelines: Eaches): ConformanceCase[] =>
  EVERYWHERE.map((one) => ({ ...one, run: (kit) => one.run(kit, pipelines) }));

const pipelinesOf = (pipelines: Eaches): readonly ConformancePipeline[] =>
  Object.values(pipelines).filter((pipeline) => typeof pipeline === 'function') as ConformancePipeline[];

/** Steps that run once per item. */
export const eaches: Topic = {
  name: 'each',
  pipelines: [...pipelinesOf(LOCAL), Lazy],
  cases: [
    ...casesOf(LOCAL),
    {
      name: 'an each takes its items from an iterable as it goes',
      rule: 'B.5',
      checks: 4,
      needs: ['lazySources'],
      async run(kit) {
        const { result } = await kit.run(Lazy, { items: [] });
        kit.check('results', result.outputs.after, [2, 4, 6]);
      },
    },
    {
      name: 'an iterable that is no array is refused by an error that names the step',
      rule: 'B.5',
      checks: 5,
      lacks: ['lazySources'],
      async run(kit) {
        const { result } = await kit.run(Lazy, { items: [] });
        kit.check('status', result.status, 'failed');
        kit.checkThat('it names the step', /\b(load|work)\b/.test(result.errors[0]?.message ?? ''));
      },
    },
  ],
};

/** The same, with every item on whatever worker. */
export const distributedEaches: Topic = {
  name: 'distributed each',
  pipelines: [...pipelinesOf(SPREAD), ...spreadCases.pipelines],
  cases: [...casesOf(SPREAD).map((one) => ({ ...one, name: `on any worker ${one.name}` })), ...spreadCases.cases],
};
