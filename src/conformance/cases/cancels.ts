import type { Ctx } from '../../../decorators/context.js';
import { OnShutdown } from '../../../decorators/on-shutdown.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Pipeline } from '../../pipeline.js';
import type { AnyRun } from '../../run/run.js';
import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf, type Kit } from '../kit.js';
import { pause, untilAborted } from '../pause.js';

class Endless extends Pipeline<{ begun?: boolean; touched?: boolean }> {
  static readonly pipeline = { name: 'conformance-endless' };
  @Step({ to: 'speak' }) begin({ state }: Ctx<this>) {
    state.begun = true;
  }
  @Streaming({ to: 'after' }) async *speak({ state, signal, usage }: Ctx<this>) {
    state.touched = true;
    try {
      for (let count = 0; ; count++) {
        yield `${count} `;
        await pause(1, signal);
      }
    } finally {
      await pause(20);
      usage({ model: 'cleaned up', input: 1, output: 0 });
    }
  }
  @Step() after() {}
  @OnShutdown({ per: 'run' }) async ending() {
    await pause(10);
  }
}

class Deaf extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-deaf', cancelGrace: 60 };
  @Step({ to: ['speak', 'ignore'] }) begin() {}
  @Streaming() async *speak({ signal }: Ctx<this>) {
    // By then the other has begun.
    await pause(60);
    yield 'one';
    await untilAborted(signal);
  }
  @Step() async ignore() {
    await pause(1_500);
    return 'too late';
  }
}

class Quick extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-quick' };
  @Streaming() async *speak() {
    for (const word of ['a', 'b', 'c', 'd']) {
      yield word;
      await pause(5);
    }
  }
}

const CLEANED = { 'cleaned up': { input: 1, output: 0 } };
const LEDGER = { begin: 'done', speak: 'cancelled', after: 'ended' };
const STATE = { begun: true };

/** Leaves a run in one of the ways in which a loop can be left. */
const LEAVE: Readonly<Record<string, (run: AnyRun) => Promise<void>>> = {
  async 'a break'(run) {
    let read = 0;
    for await (const _ of run.tokens()) if (++read === 5) break;
  },
  async 'a break out of the events'(run) {
    for await (const { type } of run) if (type === 'token') break;
  },
  async 'a throw'(run) {
    for await (const _ of run.tokens()) throw new Error('out');
  },
};

/** Whether the result is there without waiting for anything but what is due. */
const isThere = (run: AnyRun): Promise<boolean> =>
  Promise.race([run.result.then(() => true), pause(0).then(() => false)]);

async function checkCancelled(kit: Kit, run: AnyRun, events: Parameters<Kit['told']>[2]): Promise<void> {
  const told = await kit.told(Endless, run, events);
  kit.check('ledger', [told.result.status, becameOf(told)], ['cancelled', LEDGER]);
  kit.check('the finally', told.result.usage.models, CLEANED);
  kit.check('state', told.result.state, STATE);
}

/** The end of a run before its end. */
export const cancels: Topic = {
  name: 'leaving and cancelling',
  pipelines: [Endless, Deaf, Quick],
  cases: [
    ...Object.entries(LEAVE).flatMap(([how, leave]) => [
      {
        name: `${how} leaves the run, which is cancelled: signal, finally, hooks, and only then the next statement`,
        rule: 'F.1',
        checks: 8,
        needs: ['finallyBeforeNext'] as const,
        async run(kit: Kit) {
          const { run, events } = await kit.start(Endless);
          await leave(run).catch(() => undefined);
          kit.checkThat('the run has ended', await isThere(run));
          kit.check('the end was told', events.at(-1)?.type, 'run-end');
          kit.check(
            'the hook',
            eventsOf({ events }, 'hook-end').map(({ hook }) => hook),
            ['ending'],
          );
          await checkCancelled(kit, run, events);
        },
      },
      {
        name: `${how} leaves the run, which is cancelled, and has ended within two seconds`,
        rule: 'I.6',
        checks: 2,
        lacks: ['finallyBeforeNext'] as const,
        async run(kit: Kit) {
          const run = await kit.begin(Endless);
          await leave(run).catch(() => undefined);
          const begun = performance.now();
          const result = await run.result;
          kit.check('outcome', [result.status, result.usage.models, result.state], ['cancelled', CLEANED, STATE]);
          kit.checkThat('within two seconds', performance.now() - begun < 2_000);
        },
      },
    ]),
    {
      name: 'cancel() resolves when the run has ended, and the result resolves as cancelled',
      rule: 'E.7',
      checks: 8,
      async run(kit) {
        const run = await kit.begin(Endless);
        const reading = kit.read(Endless, run);
        await new Promise<void>((resolve) => void run.once('token', () => resolve()));
        await run.cancel('enough');
        kit.checkThat('the run has ended', await isThere(run));
        const told = await reading;
        kit.check('outcome', [told.result.status, told.thrown], ['cancelled', undefined]);
        kit.check('ledger', [becameOf(told), told.result.usage.models], [LEDGER, CLEANED]);
        kit.check('why', eventsOf(told, 'step-cancel')[0]?.why, 'cancelled');
        kit.checkThat('no step has failed', eventsOf(told, 'step-error').length === 0);
      },
    },
    {
      name: 'the signal of the caller cancels the run, whose result rejects with an AbortError',
      rule: 'E.5',
      checks: 6,
      async run(kit) {
        const caller = new AbortController();
        const run = await kit.begin(Endless, {}, { signal: caller.signal });
        run.once('token', () => caller.abort());
        const told = await kit.read(Endless, run);
        kit.check('status', told.result.status, 'cancelled');
        kit.check('error', (told.thrown as Error | undefined)?.name, 'AbortError');
        kit.check('state', told.result.state, STATE);
      },
    },
    {
      name: 'a run that takes longer than its timeout ends as timeout',
      rule: 'F.4',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Endless, {}, { timeout: 300 });
        const { name, code } = (told.thrown ?? {}) as Error & { code?: string };
        kit.check('outcome', [told.result.status, name, code], ['timeout', 'RunTimeoutError', 'RUN_TIMEOUT']);
        kit.check('ledger', [becameOf(told), told.result.usage.models], [LEDGER, CLEANED]);
      },
    },
    {
      name: 'a step that ignores its signal is left behind after the grace, and is named',
      rule: 'F.2',
      checks: 5,
      async run(kit) {
        const { run, events } = await kit.start(Deaf);
        for await (const _ of run.tokens()) break;
        const told = await kit.told(Deaf, run, events);
        kit.check('abandoned', [told.result.status, told.result.abandoned], ['cancelled', ['ignore']]);
        kit.check('ledger', becameOf(told), { begin: 'done', speak: 'cancelled', ignore: 'abandoned' });
        kit.check('output', told.result.outputs.ignore, undefined);
      },
    },
    {
      name: 'leaving one of two loops leaves the run alone, and so does leaving with detach',
      rule: 'E.3',
      checks: 5,
      async run(kit) {
        const run = await kit.begin(Quick);
        const all = kit.read(Quick, run);
        for await (const _ of run.events()) break;
        kit.check('the other loop', [(await all).result.status, (await all).result.text], ['success', 'abcd']);
        const lone = await kit.begin(Quick);
        for await (const _ of lone.events({ leave: 'detach' })) break;
        kit.check('detached', [(await lone.result).status, (await lone.result).text], ['success', 'abcd']);
      },
    },
    {
      name: 'cancelling a run that has ended changes nothing',
      rule: 'E.7',
      checks: 4,
      async run(kit) {
        const run = await kit.begin(Quick);
        const told = await kit.read(Quick, run);
        await run.cancel('too late');
        kit.check('outcome', [told.result.status, (await run.result).status], ['success', 'success']);
      },
    },
    {
      name: 'a run that is cancelled at once ends as cancelled, and has one end',
      rule: 'E.7',
      checks: 2,
      async run(kit) {
        const { run, events } = await kit.start(Endless);
        await run.cancel();
        const { status, ledger } = await run.result;
        kit.check('outcome', [status, ledger.after?.status], ['cancelled', 'not taken']);
        kit.check('ends', eventsOf({ events }, 'run-end').length, 1);
      },
    },
  ],
};
