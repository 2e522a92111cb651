import type { Ctx } from '../../../decorators/context.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Pipeline } from '../../pipeline.js';
import type { Topic } from '../conformance-case.js';
import { eventsOf, type Told } from '../kit.js';
import { pause } from '../pause.js';

class Teller extends Pipeline<{ fails: number }> {
  static readonly pipeline = { name: 'conformance-teller' };
  @Streaming({ to: 'more', retry: 3 }) async *tell({ emit, usage, attempt, state }: Ctx<this>) {
    usage({ model: 'small', input: 10, output: attempt });
    emit('progress', { percent: 50, list: [1, null] });
    yield 'said';
    emit('done');
    if (attempt <= state.fails) throw new Error('not yet');
  }
  @Step() more({ usage }: Ctx<this, string>) {
    usage({ model: 'large', input: 1, output: 1 });
    usage({ input: 5, output: 0 });
  }
}

class Canary extends Pipeline<{ canary: string; seen: string[] }, { canary: string }> {
  static readonly pipeline = { name: 'conformance-canary' };
  @Streaming({ to: ['left', 'right'] }) async *speak({ state, context }: Ctx<this>) {
    for (let count = 0; count < 5; count++) {
      yield `${state.canary} `;
      await pause(1);
    }
    state.seen.push(context.canary);
    return { canary: state.canary };
  }
  @Step({ to: 'end' }) async left({ input, context }: Ctx<this, { canary: string }>) {
    await pause(2);
    return [input.canary, context.canary];
  }
  @Step({ to: 'end' }) right({ input }: Ctx<this, { canary: string }>) {
    return input.canary;
  }
  @Step() end() {}
}

/** Listeners, usage, and runs beside each other. */
export const tellings: Topic = {
  name: 'what a run tells, and runs beside each other',
  pipelines: [Teller, Canary],
  cases: [
    {
      name: 'usage is summed by model, that of failed attempts too',
      rule: 'DESIGN 1',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Teller, { fails: 2 });
        kit.check('usage', told.result.usage, {
          input: 36,
          output: 7,
          models: { small: { input: 30, output: 6 }, large: { input: 1, output: 1 } },
        });
        kit.check('events', eventsOf(told, 'usage').length, 5);
      },
    },
    {
      name: 'what a step emits is told in its place, as it was',
      rule: 'DESIGN 2',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Teller, { fails: 0 });
        const [progress, done] = eventsOf(told, 'custom', 'tell');
        kit.check('progress', [progress?.name, progress?.data], ['progress', { percent: 50, list: [1, null] }]);
        kit.check('done', [done?.name, done?.data], ['done', undefined]);
        const [token] = eventsOf(told, 'token');
        kit.checkThat('in order', (progress?.seq ?? 0) < (token?.seq ?? 0) && (token?.seq ?? 0) < (done?.seq ?? 0));
      },
    },
    {
      name: 'a listener of the run is told what the loop is told',
      rule: 'DESIGN 1',
      checks: 4,
      async run(kit) {
        const { run, events } = await kit.start(Teller, { fails: 1 });
        const told = await kit.read(Teller, run);
        kit.check(
          'events',
          events.map(({ type, seq }) => [type, seq]),
          told.events.map(({ type, seq }) => [type, seq]),
        );
      },
    },
    {
      name: 'a listener that throws or rejects changes nothing of the run',
      rule: 'promise 10',
      checks: 4,
      async run(kit) {
        const { run } = await kit.start(Teller, { fails: 0 });
        run.on('token', () => {
          throw new Error('a bad listener');
        });
        run.on('step-end', () => Promise.reject(new Error('another')));
        const told = await kit.read(Teller, run);
        kit.check('outcome', [told.result.status, told.result.text], ['success', 'said']);
      },
    },
    {
      name: 'what a listener throws is told as an event',
      rule: 'promise 10',
      checks: 4,
      needs: ['observerErrors'],
      async run(kit) {
        const { run } = await kit.start(Teller, { fails: 0 });
        run.on('token', () => {
          throw new Error('a bad listener');
        });
        const told = await kit.read(Teller, run);
        kit.check('error', eventsOf(told, 'observer-error')[0]?.error?.message, 'a bad listener');
      },
    },
    {
      name: 'a listener of the pipeline is told of all its runs',
      rule: 'DESIGN 1',
      checks: 10,
      needs: ['instanceListeners'],
      async run(kit) {
        const ids: string[] = [];
        const quiet = kit.engine.listen?.(Teller, 'run-end', ({ runId }) => ids.push(runId));
        const told = [await kit.run(Teller, { fails: 0 }), await kit.run(Teller, { fails: 0 })];
        quiet?.();
        await kit.run(Teller, { fails: 0 });
        kit.check(
          'ids',
          ids,
          told.map(({ result }) => result.runId),
        );
      },
    },
    {
      name: 'runs beside each other share nothing',
      rule: 'promise 9',
      checks: 151,
      async run(kit) {
        const canaries = Array.from({ length: 25 }, (_, place) => `canary-${place}`);
        const all = await Promise.all(
          canaries.map((canary) => kit.run(Canary, { canary, seen: [] }, { context: { canary } })),
        );
        for (const [place, { events, result }] of all.entries()) {
          const canary = canaries[place] ?? '';
          const others = JSON.stringify([events, result.outputs, result.state]).match(/canary-\d+/g) ?? [];
          kit.check('canaries', [...new Set(others)], [canary]);
          kit.check('text', result.text, `${canary} `.repeat(5));
          kit.check('state', result.state, { canary, seen: [canary] });
        }
        kit.check('ids', new Set(all.map(({ result }) => result.runId)).size, canaries.length);
      },
    },
    {
      name: 'a second run with the id of a live one is refused',
      rule: 'E.7',
      checks: 6,
      needs: ['refusesLiveId'],
      async run(kit) {
        const id = `conformance-twice-${Date.now()}`;
        const first = kit.run(Canary, { canary: 'one', seen: [] }, { id, context: { canary: 'one' } });
        const { code } = await kit.refused('the second', () =>
          kit.run(Canary, { canary: 'two', seen: [] }, { id, context: { canary: 'two' } }),
        );
        kit.check('code', code, 'RUN_ID_IN_USE');
        kit.check('the first', [(await first).result.runId, (await first).result.status], [id, 'success']);
      },
    },
    {
      name: 'a second run with the id of a live one is that run',
      rule: 'E.7',
      checks: 8,
      lacks: ['refusesLiveId'],
      async run(kit) {
        const id = `conformance-twice-${Date.now()}`;
        const options = (canary: string) => ({ id, context: { canary } });
        // Of two that are started at once either may come first.
        const one = await kit.begin(Canary, { canary: 'one', seen: [] }, options('one'));
        const [first, second] = await Promise.all([
          kit.read(Canary, one),
          kit.run(Canary, { canary: 'two', seen: [] }, options('two')),
        ]);
        kit.check('text', [second.result.text, first.result.text], ['one '.repeat(5), 'one '.repeat(5)]);
        kit.check('events', show(second), show(first));
      },
    },
  ],
};

const show = ({ events }: Told): unknown[] => events.map(({ seq, type }) => [seq, type]);
