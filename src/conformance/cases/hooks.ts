import type { Ctx, RunContext } from '../../../decorators/context.js';
import { OnShutdown } from '../../../decorators/on-shutdown.js';
import { OnStartup } from '../../../decorators/on-startup.js';
import { Step } from '../../../decorators/step.js';
import { Pipeline } from '../../pipeline.js';
import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf, type Told } from '../kit.js';
import { pause } from '../pause.js';

class Hooked extends Pipeline<{ fails?: string }> {
  static readonly pipeline = { name: 'conformance-hooked' };
  @OnStartup({ per: 'run' }) first() {}
  @OnStartup({ per: 'run' }) async second({ state }: RunContext<{ fails?: string }>) {
    await pause(1);
    if (state.fails === 'startup') throw new Error('no connection');
  }
  @Step() work({ state }: Ctx<this>) {
    if (state.fails === 'work') throw new Error('work broke');
    return 'worked';
  }
  @OnShutdown({ per: 'run' }) early() {}
  @OnShutdown({ per: 'run' }) late({ outcome, state }: RunContext<{ fails?: string }>) {
    if (state.fails === 'shutdown') throw new Error(`it was a ${outcome?.status}`);
  }
}

class Instance extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-instance-hooks' };
  @OnStartup() up() {}
  @Step() work() {}
  @OnShutdown() down() {}
}

const hooksOf = (told: Told): string[] =>
  told.events.flatMap((event) => {
    if (event.type === 'hook-end') return [`${event.phase} ${event.hook} ${event.per}${event.error ? ' failed' : ''}`];
    return event.type === 'step-start' ? [`step ${event.step}`] : [];
  });

const WELL = ['startup first run', 'startup second run', 'step work', 'shutdown late run', 'shutdown early run'];

/** What surrounds a run. */
export const hooks: Topic = {
  name: 'hooks',
  pipelines: [Hooked, Instance],
  cases: [
    {
      name: 'hooks of a run surround it: startup in order, shutdown in reverse, whatever its outcome',
      rule: 'G.4',
      checks: 8,
      async run(kit) {
        kit.check('success', hooksOf(await kit.run(Hooked)), WELL);
        kit.check('failed', hooksOf(await kit.run(Hooked, { fails: 'work' })), WELL);
      },
    },
    {
      name: 'a startup hook that fails fails the run before any step',
      rule: 'G.2',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Hooked, { fails: 'startup' });
        kit.check('outcome', [told.result.status, becameOf(told)], ['failed', { work: 'ended' }]);
        kit.check('hooks', hooksOf(told).slice(0, 2), ['startup first run', 'startup second run failed']);
        kit.checkThat('reason', eventsOf(told, 'run-end')[0]?.error?.message.includes('no connection') === true);
      },
    },
    {
      name: 'a shutdown hook that fails stops no other and changes no status: it is a warning',
      rule: 'G.3',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Hooked, { fails: 'shutdown' });
        kit.check('hooks', hooksOf(told).slice(3), ['shutdown late run failed', 'shutdown early run']);
        const [warning] = told.result.warnings;
        kit.check('warning', [told.result.status, warning?.code], ['success', 'SHUTDOWN_FAILED']);
        kit.checkThat('it says which', warning?.error.message.includes('it was a success') === true);
      },
    },
    {
      name: 'the hooks of an instance surround a lone run',
      rule: 'G.1',
      checks: 8,
      needs: ['instanceHooks'],
      async run(kit) {
        const around = ['startup up instance', 'step work', 'shutdown down instance'];
        kit.check('hooks', hooksOf(await kit.run(Instance)), around);
        kit.check('again', hooksOf(await kit.run(Instance)), around);
      },
    },
  ],
};
