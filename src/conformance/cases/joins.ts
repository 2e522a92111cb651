import type { Ctx, Join } from '../../../decorators/context.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Pipeline } from '../../pipeline.js';
import { skip } from '../../run/directives.js';
import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf } from '../kit.js';
import { pause } from '../pause.js';

interface Modes {
  left: string;
  right: string;
}

const act = async (how: string, name: string): Promise<string> => {
  if (how === 'fails') throw new Error(`${name} broke`);
  await pause(how === 'slow' ? 80 : 1);
  return name;
};

class Diamond extends Pipeline<Modes> {
  static readonly pipeline = { name: 'conformance-diamond' };
  @Step({ to: ['left', 'right'] }) begin() {
    return 'begun';
  }
  @Step({ to: 'join' }) async left({ state }: Ctx<this, string>) {
    return state.left === 'skips' ? skip() : act(state.left, 'L');
  }
  @Step({ to: 'join' }) async right({ state }: Ctx<this, string>) {
    return state.right === 'skips' ? skip() : act(state.right, 'R');
  }
  @Step({ to: 'after' }) join({ inputs }: Join<this, { left?: string; right?: string }>) {
    return inputs;
  }
  @Step() after() {}
}

class Wide extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-wide' };
  @Step({ to: ['a', 'b', 'c'] }) begin() {
    return 1;
  }
  @Step({ to: ['a1', 'a2'] }) a({ input }: Ctx<this, number>) {
    return input + 1;
  }
  @Step({ to: 'inner' }) a1({ input }: Ctx<this, number>) {
    return input * 3;
  }
  @Step({ to: 'inner' }) async a2({ input }: Ctx<this, number>) {
    await pause(20);
    return input * 5;
  }
  @Step({ to: 'outer' }) inner({ inputs }: Join<this, { a1: number; a2: number }>) {
    return inputs.a1 + inputs.a2;
  }
  @Step({ to: 'outer' }) async b({ input }: Ctx<this, number>) {
    await pause(40);
    return input + 100;
  }
  @Step({ to: 'outer' }) c({ input }: Ctx<this, number>) {
    return input + 1_000;
  }
  @Step() outer({ inputs }: Join<this, { inner: number; b: number; c: number }>) {
    return inputs;
  }
}

class OneParent extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-dialogue' };
  @Step({ to: ['speak', 'hum'] }) begin() {}
  @Streaming({ to: 'join' }) async *speak() {
    for (const word of ['one ', 'two ', 'three ']) {
      yield word;
      await pause(2);
    }
  }
  @Streaming({ to: 'join' }) async *hum() {
    for (let count = 0; count < 4; count++) {
      yield 'm';
      await pause(1);
    }
  }
  @Step() join({ inputs }: Join<this, { speak: string; hum: string }>) {
    return inputs;
  }
}

/** Steps that several lead to. */
export const joins: Topic = {
  name: 'joins',
  pipelines: [Diamond, Wide, OneParent],
  cases: [
    {
      name: 'a join runs once, when all have arrived, with the output of each by name',
      rule: 'C.4',
      checks: 12,
      async run(kit) {
        for (const modes of [
          { left: 'quick', right: 'slow' },
          { left: 'slow', right: 'quick' },
        ]) {
          const told = await kit.run(Diamond, modes);
          kit.check('inputs', told.result.outputs.join, { left: 'L', right: 'R' });
          kit.check('starts', eventsOf(told, 'step-start', 'join').length, 1);
          const [join] = eventsOf(told, 'join', 'join');
          kit.check('event', [join?.arrived.toSorted(), join?.dead], [['left', 'right'], []]);
        }
      },
    },
    {
      name: 'its start comes behind the ends of all that lead to it',
      rule: 'C.4',
      checks: 4,
      async run(kit) {
        const told = await kit.run(Diamond, { left: 'quick', right: 'slow' });
        const ends = ['left', 'right'].map((step) => eventsOf(told, 'step-end', step)[0]?.seq ?? Infinity);
        const starts = eventsOf(told, 'step-start', 'join')[0]?.seq ?? -1;
        kit.checkThat('both have ended before', Math.max(...ends) < starts);
      },
    },
    {
      name: 'a parent that skips is absent, and its join runs without it',
      rule: 'C.4',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Diamond, { left: 'skips', right: 'slow' });
        kit.check('inputs', told.result.outputs.join, { right: 'R' });
        const [join] = eventsOf(told, 'join', 'join');
        kit.check('event', [join?.arrived, join?.dead], [['right'], ['left']]);
      },
    },
    {
      name: 'a join to which nothing arrives is dead, and so is what follows it',
      rule: 'C.4',
      checks: 4,
      async run(kit) {
        const told = await kit.run(Diamond, { left: 'skips', right: 'skips' });
        kit.check(
          'result',
          [told.result.status, becameOf(told)],
          ['success', { begin: 'done', left: 'skipped', right: 'skipped', join: 'dead', after: 'dead' }],
        );
      },
    },
    {
      name: 'a join does not run when one of its parents has failed',
      rule: 'D.1',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Diamond, { left: 'quick', right: 'fails' });
        kit.check('status', told.result.status, 'failed');
        const { join, after } = becameOf(told);
        kit.check('what followed', [join, after], ['ended', 'ended']);
      },
    },
    {
      name: 'joins of joins get what each branch has made, however long it took',
      rule: 'C.4',
      checks: 4,
      async run(kit) {
        const { result } = await kit.run(Wide);
        kit.check('inputs', result.outputs.outer, { inner: 16, b: 101, c: 1_001 });
      },
    },
    {
      name: 'two streams at once keep each its own order, and the join has both texts',
      rule: 'B.7',
      checks: 7,
      async run(kit) {
        const told = await kit.run(OneParent);
        const said = { speak: 'one two three ', hum: 'mmmm' };
        kit.check('inputs', told.result.outputs.join, said);
        kit.check('texts', told.result.texts, said);
        for (const step of ['speak', 'hum'] as const) {
          const tokens = eventsOf(told, 'token', step).map(({ value }) => value);
          kit.check(step, tokens.join(''), said[step]);
        }
      },
    },
  ],
};
