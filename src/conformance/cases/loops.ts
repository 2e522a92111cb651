import type { Ctx, Join } from '../../../decorators/context.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Switch } from '../../../decorators/switch.js';
import { Pipeline } from '../../pipeline.js';
import { goto } from '../../run/directives.js';
import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf, storyOf } from '../kit.js';

class Rounds extends Pipeline<{ rounds: number; trail: string[] }> {
  static readonly pipeline = { name: 'conformance-rounds', merge: { trail: 'append' } } as const;
  @Step({ to: ['left', 'right'] }) think({ state, input }: Ctx<this, number | undefined>) {
    state.trail.push(`think ${String(input)}`);
    return state.rounds;
  }
  @Step({ to: 'meet' }) left({ input }: Ctx<this, number>) {
    return input * 10;
  }
  @Step({ to: 'meet' }) right({ input }: Ctx<this, number>) {
    return input + 1;
  }
  @Step({ to: 'again' }) meet({ inputs, state }: Join<this, { left: number; right: number }>) {
    state.rounds--;
    return inputs.left + inputs.right;
  }
  @Switch({ cases: { more: 'think', done: 'answer' } }) again({ state }: Ctx<this, number>): 'more' | 'done' {
    return state.rounds > 0 ? 'more' : 'done';
  }
  @Step() answer({ input }: Ctx<this, number>) {
    return input;
  }
}

class Runaway extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-runaway' };
  @Step({ to: 'back', maxVisits: 4 }) forth() {}
  @Step({ to: 'forth' }) back() {}
}

class Counting extends Pipeline<{ upTo: number }> {
  static readonly pipeline = { name: 'conformance-counting' };
  @Step({ to: 'count' }) begin() {
    return 0;
  }
  @Streaming({ to: 'behind', goto: 'count' }) async *count({ input, state }: Ctx<this, number>) {
    yield `${input} `;
    return input < state.upTo ? goto('count', input + 1) : input;
  }
  @Step() behind({ input }: Ctx<this, number>) {
    return input;
  }
}

class Nested extends Pipeline<{ outer: number; inner: number; trail: string[] }> {
  static readonly pipeline = { name: 'conformance-nested-loops' };
  @Step({ to: 'inner' }) outer({ state }: Ctx<this>) {
    state.inner = 0;
    state.trail.push(`outer ${state.outer}`);
  }
  @Step({ to: 'check' }) inner({ state }: Ctx<this>) {
    state.trail.push(`inner ${state.inner++}`);
  }
  @Switch({ cases: { in: 'inner', out: 'next' } }) check({ state }: Ctx<this>): 'in' | 'out' {
    return state.inner < 2 ? 'in' : 'out';
  }
  @Switch({ cases: { again: 'outer', end: null } }) next({ state }: Ctx<this>): 'again' | 'end' {
    return --state.outer > 0 ? 'again' : 'end';
  }
}

/** Rounds, and what ends them. */
export const loops: Topic = {
  name: 'loops',
  pipelines: [Rounds, Runaway, Counting, Nested],
  cases: [
    {
      name: 'a join in a loop runs once per round, with what arrived in that round',
      rule: 'C.4',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Rounds, { rounds: 3, trail: [] });
        kit.check(
          'the join, round by round',
          eventsOf(told, 'step-end', 'meet').map(({ visit, output }) => [visit, output]),
          [
            [1, 34],
            [2, 23],
            [3, 12],
          ],
        );
        kit.check('what the loop begins with', (told.result.state as { trail: string[] }).trail, [
          'think undefined',
          'think 34',
          'think 23',
        ]);
        kit.check('answer', told.result.outputs.answer, 12);
      },
    },
    {
      name: 'the ledger has every visit, and the exit is taken once',
      rule: 'C.7',
      checks: 4,
      async run(kit) {
        const told = await kit.run(Rounds, { rounds: 2, trail: [] });
        const twice = 'done,done';
        kit.check('ledger', becameOf(told), {
          think: twice,
          left: twice,
          right: twice,
          meet: twice,
          again: twice,
          answer: 'done',
        });
      },
    },
    {
      name: 'a loop that never ends is ended by an error that names it',
      rule: 'C.4',
      checks: 7,
      async run(kit) {
        const { result } = await kit.run(Runaway);
        kit.check('status', result.status, 'failed');
        kit.check('visits', result.ledger.forth.visits.length, 4);
        const [error] = result.errors as (Error & { code?: string })[];
        kit.check('code', error?.code, 'TOO_MANY_VISITS');
        kit.checkThat('it names the step', error?.message.includes('forth') === true);
      },
    },
    {
      name: 'a step may go to itself: each visit has its input, its tokens and its text',
      rule: 'B.6',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Counting, { upTo: 3 });
        kit.check(
          'tokens',
          eventsOf(told, 'token').map(({ value, visit }) => [value, visit]),
          [0, 1, 2, 3].map((count) => [`${count} `, count + 1]),
        );
        kit.check('texts', told.result.texts, { count: '0 ', 'count#2': '1 ', 'count#3': '2 ', 'count#4': '3 ' });
        kit.check('behind', [told.result.outputs.behind, told.result.text], [3, '0 1 2 3 ']);
      },
    },
    {
      name: 'an inner loop begins anew in every round of the outer one',
      rule: 'C.2',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Nested, { outer: 2, inner: 0, trail: [] });
        kit.check('trail', (told.result.state as { trail: string[] }).trail, [
          ...['outer 2', 'inner 0', 'inner 1'],
          ...['outer 1', 'inner 0', 'inner 1'],
        ]);
        const visits = storyOf(told, 'inner', ({ visit }) => visit);
        kit.check('visits of the inner step', visits, [1, 1, 2, 2, 3, 3, 4, 4]);
      },
    },
  ],
};
