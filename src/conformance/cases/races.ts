import type { Ctx, Failure, Join } from '../../../decorators/context.js';
import { OnError } from '../../../decorators/on-error.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Pipeline } from '../../pipeline.js';
import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf } from '../kit.js';
import { pause, untilAborted } from '../pause.js';

class Race extends Pipeline<{ trail: string[] }> {
  static readonly pipeline = { name: 'conformance-race', merge: { trail: 'append' } } as const;
  @Step({ to: ['fast', 'slow'] }) begin() {}
  @Streaming({ to: 'first' }) async *fast({ state }: Ctx<this>) {
    yield 'fast ';
    await pause(100);
    state.trail.push('fast');
    return 'F';
  }
  @Streaming({ to: 'later' }) async *slow({ state, signal, usage }: Ctx<this>) {
    state.trail.push('slow');
    yield 'slow ';
    try {
      await untilAborted(signal);
    } finally {
      usage({ model: 'cleaned up', input: 1, output: 0 });
    }
    return 'S';
  }
  @Step({ to: 'first' }) later({ input }: Ctx<this, string>) {
    return input;
  }
  @Step({ join: 'any', to: 'after' }) first({ inputs }: Join<this, { fast?: string; later?: string }>) {
    return inputs;
  }
  @Step() after() {}
}

class Survives extends Pipeline<{ right: string }> {
  static readonly pipeline = { name: 'conformance-survives' };
  @Step({ to: ['left', 'right'] }) begin() {}
  @Streaming({ to: 'any' }) async *left(): AsyncGenerator<string> {
    yield 'half';
    throw new Error('left broke');
  }
  @Step({ to: 'any' }) async right({ state }: Ctx<this>) {
    await pause(120);
    if (state.right === 'fails') throw new Error('right broke');
    return 'R';
  }
  @Step({ join: 'any' }) any({ inputs }: Join<this, { left?: string; right?: string }>) {
    return inputs;
  }
}

class Recovers extends Survives {
  static override readonly pipeline = { name: 'conformance-recovers' };
  @Step({ join: 'any', onError: 'instead' }) override any({ inputs }: Join<this, { left?: string; right?: string }>) {
    return inputs;
  }
  @OnError() instead({ failed }: Failure<this>) {
    return { left: `instead of ${failed}` };
  }
}

class Feeds extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-feeds' };
  @Step({ to: ['quick', 'both'] }) begin() {}
  @Step({ to: 'any' }) quick() {
    return 'Q';
  }
  @Step({ to: ['any', 'own'] }) async both() {
    await pause(80);
    return 'B';
  }
  @Step({ join: 'any' }) any({ inputs }: Join<this, { quick?: string; both?: string }>) {
    return inputs;
  }
  @Step() own({ input }: Ctx<this, string>) {
    return input;
  }
}

/** Joins that take the first success. */
export const races: Topic = {
  name: 'races',
  pipelines: [Race, Survives, Recovers, Feeds],
  cases: [
    {
      name: 'the first success decides: what it has made arrives, and the losers are cancelled',
      rule: 'C.6',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Race, { trail: [] });
        kit.check('inputs', told.result.outputs.first, { fast: 'F' });
        kit.check('ledger', becameOf(told), {
          begin: 'done',
          fast: 'done',
          slow: 'lost',
          later: 'dead',
          first: 'done',
          after: 'done',
        });
        kit.check('why', eventsOf(told, 'step-cancel', 'slow')[0]?.why, 'lost');
      },
    },
    {
      name: 'a loser leaves nothing in the state, and its words are taken back',
      rule: 'D.4',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Race, { trail: [] });
        kit.check('state', told.result.state, { trail: ['fast'] });
        kit.check('text', [told.result.text, told.result.texts], ['fast ', { fast: 'fast ' }]);
        const [reset] = eventsOf(told, 'token-reset');
        kit.check('reset', [reset?.step, reset?.why], ['slow', 'lost']);
      },
    },
    {
      name: 'the signal of a loser is aborted, and its finally has run before the end of the run',
      rule: 'F.3',
      checks: 5,
      async run(kit) {
        const { result } = await kit.run(Race, { trail: [] });
        kit.check('usage', result.usage.models, { 'cleaned up': { input: 1, output: 0 } });
        kit.check('abandoned', result.abandoned, []);
      },
    },
    {
      name: 'a failure that leads to a race is survived as long as another may win',
      rule: 'C.5',
      checks: 8,
      async run(kit) {
        const told = await kit.run(Survives, { right: 'wins' });
        kit.check('result', [told.result.status, told.result.outputs.any], ['success', { right: 'R' }]);
        kit.check('errors', told.result.errors.length, 1);
        kit.checkThat('it says which', told.result.errors[0]?.message.includes('left broke') === true);
        kit.check('left', becameOf(told).left, 'failed');
        kit.check('words', [told.result.text, eventsOf(told, 'token-reset')[0]?.why], ['', 'failed']);
      },
    },
    {
      name: 'when all have failed the race has failed, with all of them',
      rule: 'C.5',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Survives, { right: 'fails' });
        kit.check('status', told.result.status, 'failed');
        const said = told.result.errors.map(({ message }) => message).join('\n');
        kit.checkThat('both are told', said.includes('left broke') && said.includes('right broke'));
        kit.check('the race', becameOf(told).any, 'failed');
      },
    },
    {
      name: 'a handler of the race recovers it',
      rule: 'C.5',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Recovers, { right: 'fails' });
        kit.check('result', [told.result.status, told.result.outputs.any], ['success', { left: 'instead of any' }]);
        kit.check('the race', becameOf(told).any, 'recovered');
      },
    },
    {
      name: 'a step that feeds something else too goes on when the race is decided',
      rule: 'C.6',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Feeds);
        kit.check('outputs', [told.result.outputs.any, told.result.outputs.own], [{ quick: 'Q' }, 'B']);
        kit.check('starts of the race', eventsOf(told, 'step-start', 'any').length, 1);
      },
    },
  ],
};
