import type { Ctx, Join } from '../../../decorators/context.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Pipeline } from '../../pipeline.js';
import { becameOf, eventsOf, storyOf } from '../kit.js';
import type { Topic } from '../conformance-case.js';

class Chain extends Pipeline<{ trail: string[] }> {
  static readonly pipeline = { name: 'conformance-chain' };
  @Step({ to: 'second' }) first({ state, input, step }: Ctx<this>) {
    state.trail.push(`${step} got ${String(input)}`);
    return { from: 'first', list: [1, 2] };
  }
  @Step({ to: 'third' }) second({ state, input, step }: Ctx<this, { from: string; list: number[] }>) {
    state.trail.push(`${step} got ${input.from}`);
    return [Object.isFrozen(input), Object.isFrozen(input.list), input.list.length];
  }
  @Step() third({ state, input, step, outputs }: Ctx<this, unknown[]>) {
    state.trail.push(`${step} got ${input.join()}`);
    return Object.keys(outputs).sort();
  }
}

class Facts extends Pipeline<object, { tenant: string; roles: string[] }> {
  static readonly pipeline = { name: 'conformance-facts' };
  @Step({ to: 'nothing' }) all({ runId, step, attempt, context }: Ctx<this>) {
    return { runId, step, attempt, context };
  }
  @Step({ to: 'nil' }) nothing() {}
  @Step({ to: 'after' }) nil({ input }: Ctx<this, void>) {
    return input === undefined ? null : 'it got something';
  }
  @Step() after({ input }: Ctx<this, string | null>) {
    return input === null;
  }
}

class Writer extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-writer' };
  @Step({ to: 'write' }) make() {
    return { hits: ['a'] };
  }
  @Step() write({ input }: Ctx<this, { hits: string[] }>) {
    input.hits.push('b');
  }
}

class Entries extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-entries' };
  @Step({ entry: true, to: 'both' }) left() {
    return 1;
  }
  @Step({ entry: true, to: 'both' }) right() {
    return 2;
  }
  @Step() both({ inputs }: Join<this, { left: number; right: number }>) {
    return inputs.left + inputs.right;
  }
}

class Outputs extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-outputs' };
  @Streaming({ to: 'mute' }) async *says() {
    yield 'a';
    yield 'b';
  }
  @Streaming({ to: 'numbers' }) async *mute({ input }: Ctx<this, string>): AsyncGenerator<string> {
    if (input !== 'ab') yield 'it got something else';
  }
  @Streaming({ to: 'returns' }) async *numbers() {
    yield 1;
    yield { two: [2] };
    yield null;
  }
  @Streaming() async *returns() {
    yield 'c';
    return { value: 3 };
  }
}

/** One step behind the other, and what they hand on. */
export const chains: Topic = {
  name: 'one step behind the other',
  pipelines: [Chain, Facts, Writer, Entries, Outputs],
  cases: [
    {
      name: 'what a step returns is the input of the next one, and the first one has none',
      rule: 'B.2',
      checks: 6,
      async run(kit) {
        const { result } = await kit.run(Chain, { trail: [] });
        kit.check('state', result.state, {
          trail: ['first got undefined', 'second got first', 'third got true,true,2'],
        });
        kit.check('outputs', result.outputs, {
          first: { from: 'first', list: [1, 2] },
          second: [true, true, 2],
          third: ['first', 'second'],
        });
        kit.check('status', result.status, 'success');
      },
    },
    {
      name: 'a chain tells the start and the end of each step, in order, between run-start and run-end',
      rule: 'E.4',
      checks: 5,
      async run(kit) {
        const { events } = await kit.run(Chain, { trail: [] });
        const told = events.filter(({ type }) => type !== 'state-change' && !type.startsWith('hook'));
        kit.check(
          'events',
          told.map((event) => ('step' in event ? `${event.type} ${event.step}` : event.type)),
          [
            'run-start',
            ...['first', 'second', 'third'].flatMap((step) => [`step-start ${step}`, `step-end ${step}`]),
            'run-end',
          ],
        );
        kit.check('seq', [events[0]?.seq, events.at(-1)?.seq], [1, events.length]);
      },
    },
    {
      name: 'every event says its version, run, pipeline and place',
      rule: 'DESIGN 2',
      checks: 6,
      async run(kit) {
        const { events } = await kit.run(Chain, { trail: [] }, { id: `conformance-${Date.now()}` });
        const facts = events.map(({ v, pipeline }) => `${v} ${pipeline}`);
        kit.check('v and pipeline', [...new Set(facts)], ['1 conformance-chain']);
        const [end] = eventsOf({ events }, 'step-end', 'second');
        kit.check('place', [end?.path, end?.visit, end?.attempt, end?.index], [[], 1, 1, undefined]);
        kit.checkThat('run-start has a time', Number.isFinite((events[0] as unknown as { at: number }).at));
      },
    },
    {
      name: 'a step knows its run, its name and attempt, and the context of the caller',
      rule: 'DESIGN 1',
      checks: 4,
      async run(kit) {
        const context = { tenant: 'acme', roles: ['admin'] };
        const { result } = await kit.run(Facts, {}, { context });
        kit.check('what it sees', result.outputs.all, { runId: result.runId, step: 'all', attempt: 1, context });
      },
    },
    {
      name: 'nothing is an output, and null is another one',
      rule: 'A.6',
      checks: 4,
      async run(kit) {
        const { result } = await kit.run(Facts, {}, { context: { tenant: '', roles: [] } });
        kit.check(
          'outputs',
          [result.outputs.nothing, result.outputs.nil, result.outputs.after],
          [undefined, null, true],
        );
      },
    },
    {
      name: 'a step that writes into its input fails, and is told to copy it',
      rule: 'B.1',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Writer);
        const [error] = eventsOf(told, 'step-error', 'write');
        kit.check('code', error?.error?.code, 'INPUT_FROZEN');
        kit.checkThat('it names structuredClone', /structuredClone|toSorted/.test(error?.error?.message ?? ''));
        kit.check('output', told.result.outputs.make, { hits: ['a'] });
      },
    },
    {
      name: 'steps that say so begin together',
      rule: 'C.8',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Entries);
        kit.check('output', told.result.outputs.both, 3);
        kit.check('ledger', becameOf(told), { left: 'done', right: 'done', both: 'done' });
      },
    },
    {
      name: 'the output of a stream is what it returns, or else its text if it yields only strings',
      rule: 'B.2',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Outputs);
        const { says, mute, numbers, returns } = told.result.outputs;
        kit.check('outputs', [says, mute, numbers, returns], ['ab', '', undefined, { value: 3 }]);
        kit.check('tokens', storyOf(told, 'numbers', ({ value }) => value).slice(1, -1), [1, { two: [2] }, null]);
        kit.check('text', [told.result.text, told.result.texts], ['abc', { says: 'ab', returns: 'c' }]);
      },
    },
    {
      name: 'a run does not write into the state that it was given',
      rule: 'A.7',
      checks: 5,
      async run(kit) {
        const state = { trail: ['mine'] };
        const { result } = await kit.run(Chain, state);
        kit.check('what was given', state, { trail: ['mine'] });
        kit.check('what came of it', (result.state as typeof state).trail.length, 4);
      },
    },
  ],
};
