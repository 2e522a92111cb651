import type { Ctx } from '../../../decorators/context.js';
import { Step } from '../../../decorators/step.js';
import { Pipeline } from '../../pipeline.js';
import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf, storyOf } from '../kit.js';
import { pause, untilAborted } from '../pause.js';

/** An error of an author, with a field of its own. */
class OutOfStock extends Error {
  override readonly name = 'OutOfStock';
  readonly left = 3;
}

class Breaks extends Pipeline<{ fails: boolean }> {
  static readonly pipeline = { name: 'conformance-breaks' };
  @Step({ to: ['sell', 'waits'] }) begin() {}
  @Step({ to: 'ship' }) async sell({ state }: Ctx<this>) {
    await pause(30);
    if (state.fails) throw new OutOfStock('nothing is left');
  }
  @Step({ to: 'ship' }) async waits({ signal, state, usage }: Ctx<this>) {
    if (!state.fails) return;
    try {
      await untilAborted(signal);
    } finally {
      usage({ model: 'cleaned up', input: 1, output: 0 });
    }
  }
  @Step() ship() {}
}

class Several extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-several' };
  @Step({ to: ['first', 'second'] }) begin() {}
  @Step() async first() {
    await pause(20);
    throw new Error('the first');
  }
  @Step() async second({ signal }: Ctx<this>) {
    await untilAborted(signal).catch(() => undefined);
    throw new Error('the second');
  }
}

class Aborts extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-abort-error' };
  @Step() breaks() {
    throw Object.assign(new Error('the client gave up'), { name: 'AbortError' });
  }
}

/** What fails, and what a caller is told. */
export const failures: Topic = {
  name: 'failures',
  pipelines: [Breaks, Several, Aborts],
  cases: [
    {
      name: 'a failed step fails the run: what follows does not start, and its siblings are aborted',
      rule: 'D.1',
      checks: 7,
      async run(kit) {
        const told = await kit.run(Breaks, { fails: true });
        kit.check('status', told.result.status, 'failed');
        kit.check('ledger', becameOf(told), { begin: 'done', sell: 'failed', waits: 'cancelled', ship: 'ended' });
        kit.check('story', storyOf(told, 'sell'), ['step-start', 'step-error']);
        kit.check('the finally of the sibling', told.result.usage.models, { 'cleaned up': { input: 1, output: 0 } });
      },
    },
    {
      name: 'the result of a failed run rejects with an error that carries the whole result',
      rule: 'E.5',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Breaks, { fails: true });
        const { name, code } = told.thrown as Error & { code?: string };
        kit.check('error', [name, code], ['RunFailedError', 'RUN_FAILED']);
        kit.checkThat('result.error is it, or its reason', told.result.error instanceof Error);
        kit.check('state', told.result.state, { fails: true });
      },
    },
    {
      name: 'with throwOnFailure: false nothing rejects and no loop throws',
      rule: 'E.5',
      checks: 4,
      async run(kit) {
        const told = await kit.run(Breaks, { fails: true }, { throwOnFailure: false });
        kit.check('outcome', [told.result.status, told.thrown === undefined], ['failed', true]);
      },
    },
    {
      name: 'an error is told as plain data: name, message, step and attempt, never a stack or a cause',
      rule: 'D.5',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Breaks, { fails: true });
        const [{ error, handled } = { error: undefined, handled: undefined }] = eventsOf(told, 'step-error', 'sell');
        kit.check(
          'step-error',
          [error, handled],
          [{ name: 'OutOfStock', message: 'nothing is left', step: 'sell', attempt: 1 }, false],
        );
        const end = eventsOf(told, 'run-end')[0]?.error;
        kit.checkThat('run-end says the reason', end?.message.includes('nothing is left') === true);
        kit.checkThat('no stack and no cause', !/"(stack|cause)"/.test(JSON.stringify(told.events)));
      },
    },
    {
      name: 'the error of the step has what its author has thrown as its cause',
      rule: 'D.5',
      checks: 5,
      needs: ['errorIdentity'],
      async run(kit) {
        const { cause } = (await kit.run(Breaks, { fails: true })).result.errors[0] ?? {};
        kit.checkThat('it is of its class', cause instanceof OutOfStock);
        kit.check('its own field', (cause as OutOfStock).left, 3);
      },
    },
    {
      name: 'the error of the step says what its author has said',
      rule: 'D.5',
      checks: 5,
      async run(kit) {
        const { errors } = (await kit.run(Breaks, { fails: true })).result;
        kit.check('how many', errors.length, 1);
        kit.checkThat('message', errors[0]?.message.includes('nothing is left') === true);
      },
    },
    {
      name: 'the first failure is the reason of the run, and what an aborted sibling throws does not count',
      rule: 'D.1',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Several);
        kit.checkThat('reason', eventsOf(told, 'run-end')[0]?.error?.message.includes('the first') === true);
        kit.check('ledger', becameOf(told), { begin: 'done', first: 'failed', second: 'cancelled' });
      },
    },
    {
      name: 'an AbortError that is thrown while nothing was aborted is an ordinary failure',
      rule: 'D.6',
      checks: 4,
      async run(kit) {
        const told = await kit.run(Aborts);
        kit.check('status', [told.result.status, becameOf(told).breaks], ['failed', 'failed']);
      },
    },
  ],
};
