import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf, storyOf, type Kit, type Told } from '../kit.js';
import { pause } from '../pause.js';
import { Approval, AskEach, AskInside, Expires, Picky, Questions, StopsAsking } from './suspension-pipelines.js';

interface Asked {
  readonly key: string;
  readonly step: string;
  readonly ask: unknown;
}

const asksOf = ({ result }: Told): Asked[] => (result.status === 'suspended' ? [...result.asks] : []);
const keysOf = (told: Told): string[] =>
  asksOf(told)
    .map(({ key }) => key)
    .sort();

/** Answers the questions of a run, one segment after the other. */
async function answered(kit: Kit, answers: readonly Readonly<Record<string, unknown>>[]): Promise<Told> {
  let told = await kit.run(Questions, { order: [] });
  for (const answer of answers) told = await kit.resume(told, answer);
  return told;
}

/** Waiting for somebody's answer. */
export const suspensions: Topic = {
  name: 'suspend and resume',
  pipelines: [Approval, Questions, AskEach, AskInside, Picky, Expires, StopsAsking],
  cases: [
    {
      name: 'a run that waits for an answer ends as suspended when the other branches have ended, and says what it asks',
      rule: 'H.1',
      checks: 8,
      async run(kit) {
        const told = await kit.run(Approval, { trail: [] });
        kit.check('status', [told.result.status, told.thrown], ['suspended', undefined]);
        kit.check(
          'asks',
          asksOf(told).map(({ key, step, ask }) => ({ key, step, ask })),
          [{ key: 'ask', step: 'ask', ask: { question: 'prepared?' } }],
        );
        const { prepare, ask, other, decide } = becameOf(told);
        kit.check('ledger', [prepare, ask, other, decide], ['done', 'suspended', 'done', 'not taken']);
        kit.check('story', storyOf(told, 'ask'), ['step-start', 'step-suspend']);
        kit.check('committed', (told.result.state as { trail: string[] }).trail.toSorted(), [
          'ask',
          'other',
          'prepare',
        ]);
      },
    },
    {
      name: 'the answer is the output of the step, and nothing before it runs again',
      rule: 'H.2',
      checks: 10,
      async run(kit) {
        const told = await kit.resume(await kit.run(Approval, { trail: [] }), { ask: 'yes' });
        kit.check('output', told.result.outputs.decide, ['yes', 'other', 'prepared', null]);
        kit.check('outputs', told.result.outputs.ask, 'yes');
        const { trail } = told.result.state as { trail: string[] };
        kit.check('trail', trail.toSorted(), ['ask', 'decide', 'other', 'prepare']);
        kit.check(
          'starts',
          eventsOf(told, 'step-start')
            .map(({ step }) => step)
            .sort(),
          [...['ask', 'decide', 'other', 'prepare']],
        );
      },
    },
    {
      name: 'the next segment is the same run: its id, seq, text, usage and ledger go on',
      rule: 'H.1',
      checks: 12,
      async run(kit) {
        const first = await kit.run(Approval, { trail: [] });
        const told = await kit.resume(first, { ask: 'no' });
        kit.check('id', told.result.runId, first.result.runId);
        kit.check(
          'segments',
          eventsOf(told, 'run-start').map(({ segment }) => segment),
          [1, 2],
        );
        kit.check('first seq', told.events[first.events.length]?.seq, first.events.length + 1);
        kit.check('text', [first.result.text, told.result.text], ['before ', 'before after']);
        kit.check('usage', told.result.usage.models, { m: { input: 3, output: 3 } });
        kit.check('ledger', becameOf(told), { prepare: 'done', ask: 'done', other: 'done', decide: 'done' });
      },
    },
    {
      name: 'the context is given anew',
      rule: 'H.1',
      checks: 7,
      async run(kit) {
        const first = await kit.run(Approval, { trail: [] }, { context: { by: 'who asked' } });
        const told = await kit.resume(first, { ask: 'yes' }, { context: { by: 'who answered' } });
        kit.check('context', (told.result.outputs.decide as unknown[])[3], 'who answered');
      },
    },
    {
      name: 'several are answered together',
      rule: 'H.1',
      checks: 8,
      async run(kit) {
        const first = await kit.run(Questions, { order: [] });
        kit.check('asks', keysOf(first), ['a', 'b', 'c']);
        const { result } = await kit.resume(first, { c: 3, a: 1, b: 2 });
        kit.check('output', result.outputs.all, { tenfold: 10, b: 2, c: 3 });
      },
    },
    ...(
      [
        [{ a: 1 }, { b: 2 }, { c: 3 }],
        [{ c: 3 }, { b: 2 }, { a: 1 }],
        [{ b: 2 }, { c: 3, a: 1 }],
      ] as const
    ).map((answers) => ({
      name: `answers may come one by one, here ${answers.map((answer) => Object.keys(answer).join('+')).join(', ')}`,
      rule: 'H.1',
      checks: 5 + 3 * answers.length,
      async run(kit: Kit) {
        const told = await answered(kit, answers);
        kit.check('output', [told.result.status, told.result.outputs.all], ['success', { tenfold: 10, b: 2, c: 3 }]);
        kit.check('segments', eventsOf(told, 'run-start').length, answers.length + 1);
      },
    })),
    {
      name: 'what an answer frees runs, and then the run waits for the others',
      rule: 'H.1',
      checks: 8,
      async run(kit) {
        const told = await answered(kit, [{ a: 1 }]);
        kit.check('state', [told.result.status, told.result.state], ['suspended', { order: ['tenfold'] }]);
        kit.check('asks', keysOf(told), ['b', 'c']);
      },
    },
    {
      name: 'an item of an each asks under its own key, and its answer takes its place',
      rule: 'B.6',
      checks: 11,
      async run(kit) {
        const first = await kit.run(AskEach, { items: ['x', 'asks', 'y', 'asks'] });
        kit.check('asks', keysOf(first), ['work[1]', 'work[3]']);
        const second = await kit.resume(first, { 'work[3]': 'the last' });
        const told = await kit.resume(second, { 'work[1]': 'the second' });
        kit.check('results', told.result.outputs.after, ['x', 'the second', 'y', 'the last']);
      },
    },
    {
      name: 'a child asks under its path, in every round anew',
      rule: 'B.6',
      checks: 12,
      async run(kit) {
        const first = await kit.run(AskInside, { rounds: 2 });
        kit.check('first', keysOf(first), ['inside/ask']);
        const second = await kit.resume(first, { 'inside/ask': 'one' });
        kit.check('second', keysOf(second), ['inside/ask#2']);
        const told = await kit.resume(second, { 'inside/ask#2': 'two' });
        kit.check('heard', told.result.outputs.after, ['one', 'two']);
      },
    },
    {
      name: 'an answer that nothing waits for is refused, and so is none at all; the right one is taken afterwards',
      rule: 'H.1',
      checks: 12,
      async run(kit) {
        const first = await kit.run(AskEach, { items: ['asks'] });
        const wrong = await kit.refused('an unknown key', () => kit.resume(first, { work: 'x' }));
        kit.check('unknown key', wrong.code, 'INVALID_ANSWER');
        kit.checkThat('it lists what waits', wrong.message.includes('work[0]'));
        const none = await kit.refused('no answer', () => kit.resume(first, {}));
        kit.check('no answer', none.code, 'INVALID_ANSWER');
        const told = await kit.resume(first, { 'work[0]': 'x' });
        kit.check('results', told.result.outputs.after, ['x']);
      },
    },
    {
      name: 'an answer is validated by its schema, and what that makes of it is the output',
      rule: 'DESIGN 1',
      checks: 9,
      async run(kit) {
        const first = await kit.run(Picky);
        const { code, message } = await kit.refused('a number', () => kit.resume(first, { ask: 7 }));
        kit.check(`the code of: ${message}`, code, 'INVALID_ANSWER');
        const told = await kit.resume(first, { ask: '  yes ' });
        kit.check('output', told.result.outputs.after, 'yes');
      },
    },
    {
      name: 'an answer that comes too late fails the step, whose handler may recover it',
      rule: 'H.5',
      checks: 8,
      needs: ['expiresAtResume'],
      async run(kit) {
        const first = await kit.run(Expires);
        await pause(10);
        const told = await kit.resume(first, { ask: 'too late' });
        kit.check('output', told.result.outputs.after, 'SuspensionExpiredError');
        kit.check('ledger', becameOf(told), { ask: 'recovered', after: 'done' });
      },
    },
    {
      name: 'a step that suspends after a stop has been skipped: the run does not wait for it',
      rule: 'C.7',
      checks: 4,
      async run(kit) {
        const told = await kit.run(StopsAsking);
        kit.check(
          'ledger',
          [told.result.status, becameOf(told)],
          ['success', { begin: 'done', halt: 'done', ask: 'skipped', after: 'stopped' }],
        );
      },
    },
    {
      name: 'each answer is taken once: who answers second is refused, or gets the run of the first',
      rule: 'I.4',
      checks: 7,
      needs: ['durable'],
      async run(kit) {
        const first = await kit.run(Picky);
        await kit.resume(first, { ask: 'one' });
        let second: unknown;
        try {
          second = (await kit.resume(first, { ask: 'two' })).result.outputs.after;
        } catch {
          second = 'one';
        }
        kit.check('what counts', second, 'one');
      },
    },
  ],
};
