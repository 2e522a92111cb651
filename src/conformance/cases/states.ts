import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf } from '../kit.js';
import { Attempts, edits, Editors, Fails, UNPLAIN, Unplain, type Edits } from './state-pipelines.js';

/** Transactions on the state, and plain data. */
export const states: Topic = {
  name: 'the state',
  pipelines: [Editors, Attempts, Fails, Unplain],
  cases: [
    {
      name: 'parallel changes of different fields merge, also inside one object',
      rule: 'A.3',
      checks: 4,
      async run(kit) {
        const data = { deep: { a: 0, b: 0 }, gone: 1, list: [0] };
        const { result } = await kit.run(
          Editors,
          edits(
            [
              ['x', 1],
              ['deep.a', 1],
            ],
            [
              ['y', 2],
              ['deep.b', 2],
              ['gone', 'delete'],
            ],
            data,
          ),
        );
        kit.check('data', (result.state as Edits).data, { x: 1, y: 2, deep: { a: 1, b: 2 }, list: [0] });
      },
    },
    {
      name: 'two arrays that only grew are one behind the other',
      rule: 'A.3',
      checks: 5,
      async run(kit) {
        const { result } = await kit.run(Editors, edits([['list', 'l']], [['list', 'r']], { list: [0] }));
        const { list = [] } = (result.state as Edits).data;
        kit.check('the old first', list[0], 0);
        kit.check('both', list.slice(1).map(String).sort(), ['l', 'r']);
      },
    },
    {
      name: 'the same boolean and the same null, and the same deletion, are one change',
      rule: 'A.3',
      checks: 4,
      async run(kit) {
        const both: Edits['left'] = [
          ['yes', true],
          ['nil', null],
          ['gone', 'delete'],
        ];
        const { result } = await kit.run(Editors, edits(both, both, { gone: 1 }));
        kit.check('data', [result.status, (result.state as Edits).data], ['success', { yes: true, nil: null }]);
      },
    },
    {
      name: 'the same field set by both is a conflict, even to the same value; it names both and how to merge',
      rule: 'A.4',
      checks: 8,
      async run(kit) {
        const told = await kit.run(Editors, edits([['x', 5]], [['x', 5]]));
        kit.check('status', told.result.status, 'failed');
        const [error] = told.result.errors as (Error & { code?: string })[];
        kit.check('code', error?.code, 'STATE_CONFLICT');
        for (const word of ['left', 'right', 'merge'])
          kit.checkThat(`it says ${word}`, error?.message.includes(word) === true);
      },
    },
    {
      name: 'a conflict is neither tried again nor handed to a handler',
      rule: 'A.4',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Editors, edits([['x', 5]], [['x', 6]]));
        kit.check('retries', eventsOf(told, 'step-retry').length, 0);
        kit.checkThat('nothing is recovered', !Object.values(becameOf(told)).includes('recovered'));
      },
    },
    {
      name: 'a parent that is replaced conflicts with a change inside it',
      rule: 'A.3',
      checks: 4,
      async run(kit) {
        const { result } = await kit.run(Editors, edits([['deep.a', 1]], [['deep', 'text']], { deep: { a: 0 } }));
        kit.check('code', (result.errors as (Error & { code?: string })[])[0]?.code, 'STATE_CONFLICT');
      },
    },
    {
      name: 'fields merge as their class declares: sum, append, or a function',
      rule: 'A.3',
      checks: 4,
      async run(kit) {
        const { result } = await kit.run(
          Editors,
          edits(
            [
              ['count', 3],
              ['words', 'l'],
              ['best', 7],
            ],
            [
              ['count', 4],
              ['words', 'r'],
              ['best', 5],
            ],
          ),
        );
        const { count, words, best } = result.state as Edits;
        kit.check('merged', [count, words.toSorted(), best], [7, ['l', 'r'], 7]);
      },
    },
    {
      name: 'every attempt begins from the same version: a failed one leaves no trace',
      rule: 'A.1',
      checks: 4,
      async run(kit) {
        const { result } = await kit.run(Attempts, { tries: 0, note: '', needs: 3 });
        kit.check('state', result.state, { tries: 10, note: 'attempt 3 saw 0', needs: 3 });
      },
    },
    {
      name: 'a recovered step commits what its handler has changed, and nothing of the failed attempt',
      rule: 'A.2',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Attempts, { tries: 0, note: '', needs: 9 });
        kit.check('state', told.result.state, { tries: 0, note: 'begun, repaired', needs: 9 });
        kit.check('ledger', becameOf(told).flaky, 'recovered');
      },
    },
    {
      name: 'the state of a failed run is what was committed last',
      rule: 'A.7',
      checks: 4,
      async run(kit) {
        const { result } = await kit.run(Fails);
        kit.check('state', [result.status, result.state], ['failed', { kept: true }]);
      },
    },
    {
      name: 'state-change tells what a commit has changed',
      rule: 'A.8',
      checks: 4,
      async run(kit) {
        const told = await kit.run(Fails);
        const patches = told.events.flatMap((event) => (event.type === 'state-change' ? [event.patch] : []));
        kit.check('patches', patches, [[{ op: 'add', path: '/kept', value: true }]]);
      },
    },
    {
      name: 'state that is no plain data is refused at the start, by its path',
      rule: 'A.6',
      checks: 21,
      async run(kit) {
        for (const [what, make] of Object.entries(UNPLAIN)) {
          const { code, message } = await kit.refused(what, () => kit.run(Fails, { first: { [what]: make() } }));
          kit.check(what, code, 'NOT_PLAIN_DATA');
          kit.checkThat(`the path of ${what}: ${message}`, message.includes(`first.${what}`));
        }
      },
    },
    {
      name: 'a step that makes no plain data of output, state, token or event has failed, and is told so',
      rule: 'A.6',
      checks: 80,
      async run(kit) {
        for (const where of ['output', 'state', 'token', 'event'])
          for (const what of ['date', 'map', 'nan', 'bigint', 'cycle']) {
            const told = await kit.run(Unplain, { what, where });
            const [error] = eventsOf(told, 'step-error', 'make');
            kit.check(`${what} as ${where}`, error?.error?.code, 'NOT_PLAIN_DATA');
          }
      },
    },
  ],
};
