import type { Ctx, Failure, Join } from '../../../decorators/context.js';
import { OnError } from '../../../decorators/on-error.js';
import { Step } from '../../../decorators/step.js';
import { Pipeline } from '../../pipeline.js';
import { goto, skip, stop } from '../../run/directives.js';
import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf, storyOf } from '../kit.js';

class Named extends Pipeline<{ handler: string }> {
  static readonly pipeline = { name: 'conformance-named-handler' };
  @Step({ to: 'after', retry: 2, onError: 'instead' }) work(): string {
    throw new Error('work broke');
  }
  @OnError() instead({ error, failed, attempt, state }: Failure<this>): string {
    if (state.handler === 'throws') throw new Error('the handler broke too');
    return `${failed} at ${attempt}: ${error instanceof Error ? error.message : 'nothing'}`;
  }
  @Step() after({ input }: Ctx<this, string>) {
    return input;
  }
}

class CatchAll extends Pipeline<{ answer: string; seen?: string }> {
  static readonly pipeline = { name: 'conformance-catch-all' };
  @Step({ to: ['work', 'other'] }) begin() {}
  @Step({ to: 'after', goto: 'plan' }) work({ state }: Ctx<this>): string {
    state.seen = 'by the step';
    throw new Error('work broke');
  }
  @Step({ to: 'after' }) other() {
    return 'other';
  }
  @Step() plan({ input }: Ctx<this, string>) {
    return input;
  }
  @Step() after({ inputs }: Join<this, { work?: string; other: string }>) {
    return inputs;
  }
  @OnError() decide({ state, failed }: Failure<this>) {
    state.seen = failed;
    if (state.answer === 'skip') return skip();
    if (state.answer === 'stop') return stop();
    if (state.answer === 'goto') return goto('plan', 'plan B');
    if (state.answer === 'throw') throw new Error('decide broke');
    return undefined;
  }
}

/** Methods that stand in for steps that have failed. */
export const handlers: Topic = {
  name: 'error handlers',
  pipelines: [Named, CatchAll],
  cases: [
    {
      name: 'the handler that a step names stands in for it, once, after the last attempt',
      rule: 'D.2',
      checks: 7,
      async run(kit) {
        const told = await kit.run(Named, { handler: 'returns' });
        kit.check('output', told.result.outputs.after, 'work at 2: work broke');
        kit.check('ledger', becameOf(told), { work: 'recovered', after: 'done' });
        kit.check('story', storyOf(told, 'work'), ['step-start', 'step-retry', 'step-error', 'step-end']);
        kit.check('handled', eventsOf(told, 'step-error')[0]?.handled, true);
      },
    },
    {
      name: 'what a handler throws fails the run, and the first error is not lost',
      rule: 'D.2',
      checks: 7,
      async run(kit) {
        const told = await kit.run(Named, { handler: 'throws' });
        kit.check('ledger', becameOf(told), { work: 'failed', after: 'ended' });
        const errors = eventsOf(told, 'step-error').map(({ error, handled }) => [error?.message, handled]);
        kit.check('first', errors[0], ['work broke', true]);
        kit.check('last', [errors.length, errors.at(-1)?.[1]], [2, false]);
        kit.checkThat('it says what the handler said', `${errors.at(-1)?.[0]}`.includes('the handler broke too'));
      },
    },
    {
      name: 'a catch-all that returns nothing has not recovered: the error goes on',
      rule: 'D.2',
      checks: 6,
      async run(kit) {
        const told = await kit.run(CatchAll, { answer: 'nothing' });
        kit.check('ledger', becameOf(told).work, 'failed');
        kit.check('state', told.result.state, { answer: 'nothing' });
        kit.checkThat('reason', eventsOf(told, 'run-end')[0]?.error?.message.includes('work broke') === true);
      },
    },
    {
      name: 'a catch-all that skips closes the edges of the step, and its change of the state is kept',
      rule: 'D.2',
      checks: 5,
      async run(kit) {
        const told = await kit.run(CatchAll, { answer: 'skip' });
        kit.check('after', [told.result.status, told.result.outputs.after], ['success', { other: 'other' }]);
        kit.check('state', told.result.state, { answer: 'skip', seen: 'work' });
      },
    },
    {
      name: 'a catch-all goes where the step may go',
      rule: 'D.2',
      checks: 4,
      async run(kit) {
        const told = await kit.run(CatchAll, { answer: 'goto' });
        kit.check('outputs', [told.result.outputs.plan, told.result.outputs.after], ['plan B', { other: 'other' }]);
      },
    },
    {
      name: 'a catch-all that stops ends the pipeline with success',
      rule: 'D.2',
      checks: 4,
      async run(kit) {
        const told = await kit.run(CatchAll, { answer: 'stop' });
        kit.check('result', [told.result.status, becameOf(told).after], ['success', 'stopped']);
      },
    },
    {
      name: 'what a catch-all throws fails the run',
      rule: 'D.2',
      checks: 5,
      async run(kit) {
        const told = await kit.run(CatchAll, { answer: 'throw' });
        kit.check('result', [told.result.status, becameOf(told).work], ['failed', 'failed']);
        const said = told.result.errors.map(({ message }) => message).join('\n');
        kit.checkThat('it says what was thrown', said.includes('decide broke'));
      },
    },
  ],
};
