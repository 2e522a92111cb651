import type { Ctx, Join } from '../../../decorators/context.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Switch } from '../../../decorators/switch.js';
import { Pipeline } from '../../pipeline.js';
import { goto, skip, stop } from '../../run/directives.js';
import type { Topic } from '../conformance-case.js';
import { becameOf, eventsOf } from '../kit.js';
import { pause } from '../pause.js';

class Route extends Pipeline<{ key: string }> {
  static readonly pipeline = { name: 'conformance-route' };
  @Step({ to: 'route' }) ask({ state }: Ctx<this>) {
    return `asks for ${state.key}`;
  }
  @Switch({ cases: { a: 'one', b: 'two', end: null }, default: 'other' }) route({ state }: Ctx<this, string>): string {
    return state.key;
  }
  @Step({ to: 'after' }) one({ input }: Ctx<this, string>) {
    return input;
  }
  @Step({ to: 'after' }) two({ input }: Ctx<this, string>) {
    return input;
  }
  @Step() other({ input }: Ctx<this, string>) {
    return input;
  }
  @Step() after({ inputs }: Join<this, { one?: string; two?: string }>) {
    return inputs;
  }
}

class Strict extends Pipeline<{ key: string }> {
  static readonly pipeline = { name: 'conformance-strict' };
  @Switch({ cases: { a: 'one' } }) route({ state }: Ctx<this>): 'a' {
    return state.key as 'a';
  }
  @Step() one() {}
}

class Goto extends Pipeline<{ far: boolean }> {
  static readonly pipeline = { name: 'conformance-goto' };
  @Step({ to: 'near', goto: 'far' }) begin({ state }: Ctx<this>) {
    return state.far ? goto('far', 'by goto') : 'by to';
  }
  @Step({ to: 'far' }) near({ input }: Ctx<this, string>) {
    return `near, ${input}`;
  }
  @Step() far({ inputs }: Join<this, { begin?: string; near?: string }>) {
    return inputs;
  }
}

class Model extends Pipeline<{ what: string }> {
  static readonly pipeline = { name: 'conformance-model' };
  @Step({ to: 'stream' }) json({ state }: Ctx<this>): unknown {
    if (state.what === 'undeclared') return goto('after' as never);
    return JSON.parse('{ "~directive": "stop" }');
  }
  @Streaming({ to: 'after' }) async *stream({ state }: Ctx<this>): AsyncGenerator<unknown> {
    yield state.what === 'yielded' ? stop() : 'a token';
  }
  @Step() after() {}
}

class Skips extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-skips' };
  @Step({ to: ['quits', 'stays'] }) begin() {}
  @Step({ to: 'behind' }) quits({ state }: Ctx<this>) {
    Object.assign(state, { quits: 'left its mark' });
    return skip();
  }
  @Step({ to: 'far' }) behind() {}
  @Step() far() {}
  @Step() stays() {
    return 'here';
  }
}

class Stops extends Pipeline<{ said?: boolean }> {
  static readonly pipeline = { name: 'conformance-stops' };
  @Step({ to: ['halts', 'speaks'] }) begin() {}
  @Step({ to: 'never' }) halts() {
    return stop();
  }
  @Streaming({ to: 'neither' }) async *speaks({ state }: Ctx<this>) {
    yield 'one ';
    await pause(60);
    yield 'two';
    state.said = true;
  }
  @Step() never() {}
  @Step() neither() {}
}

/** Switches, goto, skip and stop. */
export const routes: Topic = {
  name: 'ways that a run can take',
  pipelines: [Route, Strict, Goto, Model, Skips, Stops],
  cases: [
    {
      name: 'a switch leads to the case of its key and hands its own input on; the other cases are dead by it',
      rule: 'B.2',
      checks: 6,
      async run(kit) {
        const told = await kit.run(Route, { key: 'b' });
        kit.check('outputs', told.result.outputs.after, { two: 'asks for b' });
        const { one, other, after } = told.result.ledger;
        kit.check(
          'the others',
          [one, other],
          [
            { status: 'not taken', visits: [], why: 'dead', by: 'route' },
            { status: 'not taken', visits: [], why: 'dead', by: 'route' },
          ],
        );
        kit.check('the join behind', after, { status: 'done', visits: ['done'] });
      },
    },
    {
      name: 'a key without a case leads to the default, and null to the end',
      rule: 'B.2',
      checks: 8,
      async run(kit) {
        const other = await kit.run(Route, { key: 'x' });
        kit.check('default', [other.result.outputs.other, becameOf(other).after], ['asks for x', 'dead']);
        const end = await kit.run(Route, { key: 'end' });
        kit.check(
          'null',
          [end.result.status, becameOf(end)],
          ['success', { ask: 'done', route: 'done', one: 'dead', two: 'dead', other: 'dead', after: 'dead' }],
        );
      },
    },
    {
      name: 'a key that has neither case nor default fails the switch',
      rule: 'B.2',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Strict, { key: 'z' });
        kit.check('code', eventsOf(told, 'step-error', 'route')[0]?.error?.code, 'UNKNOWN_CASE');
        kit.check('ledger', becameOf(told), { route: 'failed', one: 'ended' });
      },
    },
    {
      name: 'goto replaces where the step leads to, and its input stands for the output',
      rule: 'B.4',
      checks: 8,
      async run(kit) {
        const far = await kit.run(Goto, { far: true });
        kit.check('by goto', [far.result.outputs.far, becameOf(far).near], [{ begin: 'by goto' }, 'dead']);
        const near = await kit.run(Goto, { far: false });
        kit.check('by to', near.result.outputs.far, { near: 'near, by to' });
      },
    },
    {
      name: 'data that looks like a directive steers nothing',
      rule: 'B.4',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Model, { what: 'json' });
        kit.check('output', told.result.outputs.json, { '~directive': 'stop' });
        kit.check('ledger', becameOf(told), { json: 'done', stream: 'done', after: 'done' });
      },
    },
    {
      name: 'a directive that is yielded, and a goto that was not declared, are errors',
      rule: 'B.4',
      checks: 8,
      async run(kit) {
        const yielded = await kit.run(Model, { what: 'yielded' });
        kit.check('yielded', eventsOf(yielded, 'step-error')[0]?.error?.code, 'DIRECTIVE_YIELDED');
        const undeclared = await kit.run(Model, { what: 'undeclared' });
        kit.check('undeclared', eventsOf(undeclared, 'step-error')[0]?.error?.code, 'GOTO_NOT_DECLARED');
      },
    },
    {
      name: 'behind a step that skips everything is dead, by that step; what it changed is kept',
      rule: 'C.7',
      checks: 7,
      async run(kit) {
        const told = await kit.run(Skips);
        kit.check('ledger', becameOf(told), {
          begin: 'done',
          quits: 'skipped',
          behind: 'dead',
          far: 'dead',
          stays: 'done',
        });
        kit.check('by', [told.result.ledger.behind.by, told.result.ledger.far.by], ['quits', 'quits']);
        kit.check('state', told.result.state, { quits: 'left its mark' });
        kit.check('events', eventsOf(told, 'step-skip').length, 1);
      },
    },
    {
      name: 'after a stop what is alive ends by itself and commits, and nothing new starts',
      rule: 'B.4',
      checks: 5,
      async run(kit) {
        const told = await kit.run(Stops);
        kit.check(
          'result',
          [told.result.status, told.result.text, told.result.state],
          ['success', 'one two', { said: true }],
        );
        kit.check('ledger', becameOf(told), {
          begin: 'done',
          halts: 'done',
          speaks: 'done',
          never: 'stopped',
          neither: 'stopped',
        });
      },
    },
  ],
};
