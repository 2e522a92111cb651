import type { Ctx } from '../../../decorators/context.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Pipeline } from '../../pipeline.js';
import { retry } from '../../run/directives.js';
import type { Topic } from '../conformance-case.js';
import { eventsOf } from '../kit.js';
import { pause, untilAborted } from '../pause.js';

class Tries extends Pipeline<{ until: number; how: string }> {
  static readonly pipeline = { name: 'conformance-tries' };
  @Step({ to: 'picky', retry: { attempts: 4, delay: 20, backoff: 2 } }) flaky({ attempt, state }: Ctx<this>) {
    if (attempt >= state.until) return attempt;
    if (state.how === 'asks') return retry({ delay: 1 });
    throw new Error(`attempt ${attempt} failed`);
  }
  @Step({ retry: { attempts: 4, when: (_, { attempt }) => attempt < 2 } }) picky({ state }: Ctx<this, number>) {
    if (state.how === 'picky') throw new Error('no more');
  }
}

class Limits extends Pipeline<{ which: string; late: number }> {
  static readonly pipeline = { name: 'conformance-limits', cancelGrace: 60 };
  @Step({ to: 'idle', timeout: 60, retry: 2 }) async step({ state, signal, attempt }: Ctx<this>) {
    if (state.which === 'step' && attempt <= state.late) await untilAborted(signal);
    if (state.which === 'deaf') await pause(400);
    return attempt;
  }
  @Streaming({ timeout: { idle: 60, firstToken: 60 } }) async *idle({ state, signal }: Ctx<this, number>) {
    if (state.which === 'first') await untilAborted(signal);
    yield 'one';
    if (state.which === 'idle') await untilAborted(signal);
  }
}

/** Attempts: how many, when, and how long. */
export const attempts: Topic = {
  name: 'retries and timeouts',
  pipelines: [Tries, Limits],
  cases: [
    {
      name: 'a step is tried again until it succeeds; each retry says the attempt that failed and the delay',
      rule: 'D.3',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Tries, { until: 3, how: 'throws' });
        const retries = eventsOf(told, 'step-retry', 'flaky') as unknown as Record<string, unknown>[];
        kit.check(
          'retries',
          retries.map(({ attempt, delay }) => [attempt, delay]),
          [
            [1, 20],
            [2, 40],
          ],
        );
        kit.check('output', [told.result.outputs.flaky, told.result.errors.length], [3, 0]);
        kit.check('ledger', told.result.ledger.flaky, { status: 'done', visits: ['done'] });
      },
    },
    {
      name: 'after its last attempt a step has failed',
      rule: 'D.3',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Tries, { until: 9, how: 'throws' });
        kit.check('retries', eventsOf(told, 'step-retry').length, 3);
        kit.check('error', eventsOf(told, 'step-error')[0]?.error, {
          name: 'Error',
          message: 'attempt 4 failed',
          step: 'flaky',
          attempt: 4,
        });
      },
    },
    {
      name: 'retry() asks for another attempt, and counts',
      rule: 'B.4',
      checks: 8,
      async run(kit) {
        const well = await kit.run(Tries, { until: 4, how: 'asks' });
        kit.check('output', well.result.outputs.flaky, 4);
        const told = await kit.run(Tries, { until: 9, how: 'asks' });
        kit.check('status', [told.result.status, eventsOf(told, 'step-retry').length], ['failed', 3]);
      },
    },
    {
      name: 'when() decides whether an error is worth another attempt',
      rule: 'D.3',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Tries, { until: 1, how: 'picky' });
        kit.check('retries', eventsOf(told, 'step-retry', 'picky').length, 1);
        kit.check('attempt', eventsOf(told, 'step-error', 'picky')[0]?.attempt, 2);
      },
    },
    {
      name: 'an attempt that takes too long is aborted, and tried again',
      rule: 'F.4',
      checks: 8,
      async run(kit) {
        const once = await kit.run(Limits, { which: 'step', late: 1 });
        kit.check('output', [once.result.status, once.result.outputs.step], ['success', 2]);
        const always = await kit.run(Limits, { which: 'step', late: 9 });
        kit.check('code', eventsOf(always, 'step-error', 'step')[0]?.error?.code, 'STEP_TIMEOUT');
      },
    },
    {
      name: 'a stream has limits until its first token, and between two',
      rule: 'F.4',
      checks: 10,
      async run(kit) {
        for (const which of ['first', 'idle']) {
          const told = await kit.run(Limits, { which, late: 0 });
          kit.check(which, eventsOf(told, 'step-error', 'idle')[0]?.error?.code, 'STEP_TIMEOUT');
          kit.check('text', told.result.text, which === 'idle' ? 'one' : '');
        }
      },
    },
    {
      name: 'an attempt that ignores its timeout is abandoned after the grace, named, and never retried over',
      rule: 'D.3',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Limits, { which: 'deaf', late: 0 });
        kit.check('result', [told.result.status, told.result.abandoned], ['failed', ['step']]);
        kit.check('retries', eventsOf(told, 'step-retry').length, 0);
      },
    },
  ],
};
