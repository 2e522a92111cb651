import type { Ctx, Each, Failure } from '../../../decorators/context.js';
import { OnError } from '../../../decorators/on-error.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { SubPipeline } from '../../../decorators/sub-pipeline.js';
import { Pipeline } from '../../pipeline.js';
import { call, stop } from '../../run/directives.js';
import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf } from '../kit.js';
import { pause, untilAborted } from '../pause.js';

interface Topical {
  topic: string;
  notes: string[];
}

class Reader extends Pipeline<Topical, { tenant?: string }> {
  static readonly pipeline = { name: 'conformance-reader' };
  @Step({ to: 'say' }) load({ state, usage, context }: Ctx<this>) {
    usage({ model: 'reads', input: 2, output: 1 });
    if (state.topic === 'stops') {
      state.notes.push('stopped');
      return stop();
    }
    state.notes.push(`on ${state.topic} for ${context?.tenant ?? 'nobody'}`);
    return state.topic;
  }
  @Streaming({ to: 'end' }) async *say({ input, state, signal, usage }: Ctx<this, string>) {
    try {
      yield `${input} `;
      if (input === 'fails') throw new Error('the reader broke');
      if (input === 'waits') await untilAborted(signal);
    } finally {
      if (input === 'waits') usage({ model: 'cleaned up', input: 1, output: 0 });
    }
    await pause(input.length);
    state.notes.push('said');
  }
  @Step() end() {}
}

class Study extends Pipeline<{ topic: string }, { tenant?: string }> {
  static readonly pipeline = { name: 'conformance-study' };
  readonly reader = new Reader();
  @Streaming({ to: 'read' }) async *intro() {
    yield 'intro ';
  }
  @SubPipeline(() => Reader, { to: 'write' }) read({ state }: Ctx<this>) {
    return call(this.reader, { topic: state.topic, notes: [] });
  }
  @Step() write({ input, state }: Ctx<this, Topical>) {
    return [input, state];
  }
}

class Careful extends Study {
  static override readonly pipeline = { name: 'conformance-careful' };
  @SubPipeline(() => Reader, { to: 'write', retry: 2, onError: 'instead' }) override read({ state }: Ctx<this>) {
    return call(this.reader, { topic: state.topic, notes: [] });
  }
  @OnError() instead({ failed }: Failure<this>): Topical {
    return { topic: `instead of ${failed}`, notes: [] };
  }
}

class Library extends Pipeline<{ topics: string[] }, { tenant?: string }> {
  static readonly pipeline = { name: 'conformance-library' };
  readonly study = new Study();
  @Step({ to: 'studies' }) list({ state }: Ctx<this>) {
    return state.topics;
  }
  @SubPipeline(() => Study, { each: true, to: 'all', concurrency: 2 }) studies({ item }: Each<this, string>) {
    return call(this.study, { topic: item });
  }
  @Step() all({ input }: Ctx<this, { topic: string }[]>) {
    return input.map(({ topic }) => topic);
  }
}

/** Pipelines as steps. */
export const children: Topic = {
  name: 'sub-pipelines',
  pipelines: [Reader, Study, Careful, Library],
  cases: [
    {
      name: "a child gets its own state and the caller's context, and its final state is the output of the step",
      rule: 'B.3',
      checks: 5,
      async run(kit) {
        const { result } = await kit.run(Study, { topic: 'tea' }, { context: { tenant: 'acme' } });
        kit.check('output', result.outputs.write, [
          { topic: 'tea', notes: ['on tea for acme', 'said'] },
          { topic: 'tea' },
        ]);
        kit.check('state of the parent', result.state, { topic: 'tea' });
      },
    },
    {
      name: 'it is one run: the words of the child count, its events say where they belong, its usage is summed',
      rule: 'B.6',
      checks: 7,
      async run(kit) {
        const told = await kit.run(Study, { topic: 'tea' });
        kit.check(
          'texts',
          [told.result.text, told.result.texts],
          ['intro tea ', { intro: 'intro ', 'read/say': 'tea ' }],
        );
        kit.check(
          'places',
          eventsOf(told, 'step-start').map(({ path, step }) => [...path, step].join('/')),
          [...['intro', 'read', 'read/load', 'read/say', 'read/end', 'write']],
        );
        kit.check('usage', told.result.usage.models, { reads: { input: 2, output: 1 } });
        kit.check('one end', eventsOf(told, 'run-end').length, 1);
      },
    },
    {
      name: 'the failure of a child is the failure of its step',
      rule: 'promise 3',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Study, { topic: 'fails' });
        kit.check(
          'ledger',
          [told.result.status, becameOf(told)],
          ['failed', { intro: 'done', read: 'failed', write: 'ended' }],
        );
        kit.checkThat('reason', eventsOf(told, 'run-end')[0]?.error?.message.includes('the reader broke') === true);
      },
    },
    {
      name: 'a step that is tried again begins its child anew, and a handler stands in for both; their words are taken back',
      rule: 'D.4',
      checks: 7,
      async run(kit) {
        const told = await kit.run(Careful, { topic: 'fails' });
        kit.check('output', told.result.outputs.write, [{ topic: 'instead of read', notes: [] }, { topic: 'fails' }]);
        kit.check('text', told.result.text, 'intro ');
        kit.check(
          'resets',
          eventsOf(told, 'token-reset').map(({ path, step }) => [...path, step].join('/')),
          [...['read/say', 'read/say']],
        );
        kit.check('ledger', becameOf(told).read, 'recovered');
      },
    },
    {
      name: 'the stop of a child ends the child alone',
      rule: 'B.4',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Study, { topic: 'stops' });
        kit.check('ledger', becameOf(told), { intro: 'done', read: 'done', write: 'done' });
        kit.check('output', told.result.outputs.write, [{ topic: 'stops', notes: ['stopped'] }, { topic: 'stops' }]);
      },
    },
    {
      name: 'one child per item, however deep: results in order, each text under its own key',
      rule: 'B.3',
      checks: 6,
      async run(kit) {
        const topics = ['elephants', 'tea', 'whales'];
        const told = await kit.run(Library, { topics });
        kit.check('results', told.result.outputs.all, topics);
        kit.check(
          'texts',
          told.result.texts,
          Object.fromEntries(
            topics.flatMap((topic, index) => [
              [`studies[${index}]/intro`, 'intro '],
              [`studies[${index}]/read/say`, `${topic} `],
            ]),
          ),
        );
        kit.check('items', told.result.ledger.studies.items, { done: 3 });
      },
    },
    {
      name: 'a failure in one of them fails the each and all above it',
      rule: 'promise 3',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Library, { topics: ['tea', 'fails', 'waits'] });
        kit.check(
          'ledger',
          [told.result.status, becameOf(told).studies, becameOf(told).all],
          [...['failed', 'failed', 'ended']],
        );
        kit.check('the first failure', (told.result.ledger.studies.items ?? {}).failed, 1);
      },
    },
    {
      name: 'a cancel reaches the child of a child, and its finally has run before the end',
      rule: 'F.2',
      checks: 6,
      async run(kit) {
        const run = await kit.begin(Library, { topics: ['waits'] });
        run.on('token', ({ step }: { step: string }) => step === 'say' && void run.cancel());
        const told = await kit.read(Library, run);
        kit.check('status', told.result.status, 'cancelled');
        kit.check('the finally', told.result.usage.models['cleaned up'], { input: 1, output: 0 });
        kit.check(
          'who was cancelled',
          eventsOf(told, 'step-cancel')
            .map(({ path, step, index }) => [...path, step, index ?? ''].join('/'))
            .sort(),
          ['studies/', 'studies/0', 'studies[0]/read/', 'studies[0]/read/say/'],
        );
      },
    },
  ],
};
