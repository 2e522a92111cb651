import type { Ctx, Each, Failure } from '../../../decorators/context.js';
import { ForEach } from '../../../decorators/for-each.js';
import { OnError } from '../../../decorators/on-error.js';
import { OnStartup } from '../../../decorators/on-startup.js';
import { Step } from '../../../decorators/step.js';
import { SubPipeline } from '../../../decorators/sub-pipeline.js';
import { Pipeline } from '../../pipeline.js';
import { call, suspend } from '../../run/directives.js';
import type { Topic } from '../conformance-case.js';
import { eventsOf } from '../kit.js';
import { latencyOf } from '../latency-of.js';
import { pause, untilAborted } from '../pause.js';

interface Letters {
  letters: string[];
  prefix?: string;
  /** Milliseconds until one fails. */
  failsAfter?: number;
}

class Reader extends Pipeline<Letters> {
  static readonly pipeline = { name: 'conformance-spread-reader' };
  @OnStartup({ per: 'run' }) begin({ state }: { state: Letters }) {
    state.prefix = `${state.prefix ?? ''}>`;
  }
  @Step({ to: 'load' }) size({ state }: Ctx<this>) {
    return state.letters.length;
  }
  @Step({ to: 'read' }) load({ state }: Ctx<this>) {
    return state.letters;
  }
  @ForEach({ distributed: true })
  read({ item, index, input, state, outputs, runId, step, context }: Each<this, string, string[]>) {
    return [item, index, input, state.prefix, outputs, runId, step, context ?? null];
  }
}

class Around extends Pipeline<Letters> {
  static readonly pipeline = { name: 'conformance-spread-around' };
  readonly reader = new Reader();
  @SubPipeline(() => Reader, { to: 'again' }) first({ state }: Ctx<this>) {
    return call(this.reader, state);
  }
  @SubPipeline(() => Reader) again({ state }: Ctx<this>) {
    return call(this.reader, { letters: state.letters.slice(1) });
  }
}

class Stubborn extends Pipeline<Letters> {
  static readonly pipeline = { name: 'conformance-spread-stubborn' };
  @Step({ to: 'each' }) load({ state }: Ctx<this>) {
    return state.letters;
  }
  @ForEach({ to: 'judge', distributed: true }) async *each({ item, state }: Each<this, string>) {
    yield `${state.prefix}${item} `;
    return `${state.prefix}${item}`;
  }
  @Step() judge({ input, state }: Ctx<this, string[]>) {
    if (state.prefix === '1') throw new Error('not yet');
    state.letters = input;
  }
}

class Again extends Pipeline<Letters> {
  static readonly pipeline = { name: 'conformance-spread-again' };
  readonly stubborn = new Stubborn();
  @SubPipeline(() => Stubborn, { retry: 2 }) work({ state, attempt }: Ctx<this>) {
    return call(this.stubborn, { letters: state.letters, prefix: `${attempt}` });
  }
}

class Late extends Pipeline<Letters> {
  static readonly pipeline = { name: 'conformance-spread-late' };
  @Step({ to: 'ask' }) load({ state }: Ctx<this>) {
    return state.letters;
  }
  @ForEach({ distributed: true, onError: 'instead' }) ask({ item }: Each<this, string>) {
    return item === '?' ? suspend<string>('quick!', { expiresIn: 1 }) : item;
  }
  @OnError() instead({ error }: Failure<this>): string {
    return error instanceof Error ? error.name : 'no error';
  }
}

class Careless extends Pipeline<Letters> {
  static readonly pipeline = { name: 'conformance-spread-careless' };
  @Step({ to: 'sort' }) load({ state }: Ctx<this>) {
    return [state.letters];
  }
  @ForEach({ distributed: true, onItemError: 'skip' }) sort({ item }: Each<this, string[]>) {
    return item.sort();
  }
}

class Asking extends Pipeline<Letters> {
  static readonly pipeline = { name: 'conformance-spread-asking' };
  @Step({ to: 'ask' }) load({ state }: Ctx<this>) {
    return state.letters;
  }
  @ForEach({ distributed: true }) ask({ item }: Each<this, string>) {
    return item === '?' ? suspend<string>('which one?') : item;
  }
}

class Waiting extends Pipeline<Letters> {
  static readonly pipeline = { name: 'conformance-spread-waiting' };
  @Step({ to: 'wait' }) load({ state }: Ctx<this>) {
    return state.letters;
  }
  @ForEach({ distributed: true }) async *wait({ item, state, signal, usage }: Each<this, string>) {
    yield `${item} waits`;
    try {
      if (item === 'fails') await pause(state.failsAfter ?? 0);
      else await untilAborted(signal);
      throw new Error('it broke');
    } finally {
      usage({ model: 'cleaned up', input: 1, output: 0 });
    }
  }
}

class Mended extends Pipeline<Letters> {
  static readonly pipeline = { name: 'conformance-spread-mended' };
  @Step({ to: 'say' }) load({ state }: Ctx<this>) {
    return state.letters;
  }
  @ForEach({ distributed: true, timeout: 80, onError: 'instead' }) async *say({ item, signal }: Each<this, string>) {
    yield `${item}!`;
    if (item === 'late') await untilAborted(signal);
    return item;
  }
  @OnError() async *instead({ error }: Failure<this>) {
    yield `instead of ${(error as Error).name}`;
    return 'nothing';
  }
}

/** What only an item that runs elsewhere can get wrong. */
export const spreadCases: Omit<Topic, 'name'> = {
  pipelines: [Reader, Around, Careless, Stubborn, Again, Asking, Late, Waiting, Mended],
  cases: [
    {
      name: 'an item sees what every item sees: input, outputs, the state after hooks, context and the id of the run',
      rule: 'B.2',
      checks: 4,
      async run(kit) {
        const letters = ['a', 'b'];
        const { result } = await kit.run(Reader, { letters }, { context: { who: 'she' } });
        const common = [letters, '>', { size: 2, load: letters }, result.runId, 'read', { who: 'she' }];
        kit.check('results', result.outputs.read, [
          ['a', 0, ...common],
          ['b', 1, ...common],
        ]);
      },
    },
    {
      name: 'the items of a sub-pipeline run in its instance, and tell their place in it',
      rule: 'B.6',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Around, { letters: ['a', 'b'] });
        kit.check('status', told.result.status, 'success');
        const places = eventsOf(told, 'step-end', 'read').map(
          ({ path, index }) => `${path.join('/')} ${index ?? 'all'}`,
        );
        kit.check('places', places.sort(), ['again 0', 'again all', 'first 0', 'first 1', 'first all']);
      },
    },
    {
      name: 'an item can not be written to, wherever it is',
      rule: 'B.1',
      checks: 4,
      async run(kit) {
        const { result } = await kit.run(Careless, { letters: ['b', 'a'] });
        kit.check('items', [result.status, result.ledger.sort.items], ['success', { failed: 1 }]);
      },
    },
    {
      name: 'an item suspends, and its answer stands in the results',
      rule: 'F.6',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Asking, { letters: ['a', '?', 'c'] });
        kit.check('status', told.result.status, 'suspended');
        const next = await kit.resume(told, { 'ask[1]': 'b' });
        kit.check('results', next.result.outputs.ask, ['a', 'b', 'c']);
      },
    },
    {
      name: 'a child that is tried again runs its items anew, and what they had said is taken back',
      rule: 'D.4',
      checks: 6,
      async run(kit) {
        const { result } = await kit.run(Again, { letters: ['a', 'b'] });
        kit.check('status', result.status, 'success');
        kit.check('output', (result.outputs.work as Letters).letters, ['2a', '2b']);
        kit.check('texts', result.texts, { 'work/each[0]': '2a ', 'work/each[1]': '2b ' });
      },
    },
    {
      name: 'an item whose time to be answered is over is recovered by its handler, and does not ask again',
      rule: 'H.5',
      checks: 5,
      needs: ['expiresAtResume'],
      async run(kit) {
        const first = await kit.run(Late, { letters: ['a', '?'] });
        await pause(10);
        const { result } = await kit.resume(first, { 'ask[1]': 'too late' });
        kit.check('status', result.status, 'success');
        kit.check('results', result.outputs.ask, ['a', 'SuspensionExpiredError']);
      },
    },
    {
      name: 'a failed item aborts the others where they run, and their finally has run before the end',
      rule: 'D.1',
      checks: 5,
      async run(kit) {
        const { result } = await kit.run(Waiting, { letters: ['a', 'fails', 'c'], failsAfter: latencyOf(kit.engine) });
        kit.check('result', [result.status, result.ledger.wait.items], ['failed', { failed: 1, cancelled: 2 }]);
        kit.check('usage', result.usage.models, { 'cleaned up': { input: 3, output: 0 } });
      },
    },
    {
      name: 'a cancel reaches the signal of every item',
      rule: 'F.2',
      checks: 3,
      async run(kit) {
        const run = await kit.begin(Waiting, { letters: ['a', 'b'] });
        let tokens = 0;
        for await (const _ of run.tokens()) if (++tokens === 2) void run.cancel('enough');
        const { status, ledger, usage } = await run.result;
        kit.check('status', status, 'cancelled');
        kit.check('items', ledger.wait.items, { cancelled: 2 });
        kit.check('usage', usage.models, { 'cleaned up': { input: 2, output: 0 } });
      },
    },
    {
      name: 'timeout and handler are per item, and what the handler says takes the place of what was said',
      rule: 'D.4',
      checks: 5,
      async run(kit) {
        const { result } = await kit.run(Mended, { letters: ['early', 'late'] });
        kit.check('texts', result.texts, { 'say[0]': 'early!', 'say[1]': 'instead of StepTimeoutError' });
        kit.check('items', result.ledger.say.items, { done: 1, recovered: 1 });
      },
    },
  ],
};
