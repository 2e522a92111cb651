import { describe, expect, it } from 'vitest';
import { OnError } from '../../decorators/on-error.js';
import { OnShutdown } from '../../decorators/on-shutdown.js';
import { OnStartup } from '../../decorators/on-startup.js';
import { record } from '../../decorators/record.js';
import { Step } from '../../decorators/step.js';
import { Streaming } from '../../decorators/streaming.js';
import type { MemberBlueprint } from '../../src/scanner/blueprint.js';
import { scan } from '../../src/scanner/scan.js';

/** Enough of a pipeline for the compiler; the scanner asks for no base class. */
abstract class Base {
  declare readonly '~types': { readonly state: { q: string }; readonly context: unknown };
}

const namesOf = (members: readonly MemberBlueprint[]): (string | symbol)[] => members.map(({ name }) => name);

class Chatbot extends Base {
  static readonly pipeline: { name: string; cancelGrace?: number } = { name: 'chatbot', cancelGrace: 5 };
  @OnStartup() setup() {}
  @Step({ to: 'respond', retry: 2, timeout: 10, concurrency: 3, meta: { team: 'a' } }) start() {}
  helper() {}
  @Streaming({ onError: 'mock', join: 'any' }) async *respond(): AsyncGenerator<string, void> {
    yield 'x';
  }
  @OnError() mock() {
    return '';
  }
  @OnShutdown({ per: 'run' }) cleanup() {}
}

describe('a class', () => {
  it('is read whole: steps, hooks and handlers with their options, in order', () => {
    const { steps, startup, shutdown, handlers, ...rest } = scan(Chatbot);
    const read = expect.any(Function) as unknown;
    const common = { owner: 'Chatbot', placement: 'method', callable: true, read };
    const options = { to: 'respond', retry: 2, timeout: 10, concurrency: 3, meta: { team: 'a' } };
    expect(steps).toEqual([
      {
        ...common,
        ...options,
        name: 'start',
        place: 1,
        kind: 'step',
        form: 'plain',
        each: false,
        to: ['respond'],
        goto: [],
        middleware: [],
        entry: false,
        options,
      },
      {
        ...common,
        name: 'respond',
        place: 2,
        kind: 'streaming',
        form: 'async-generator',
        each: false,
        to: [],
        goto: [],
        middleware: [],
        join: 'any',
        onError: 'mock',
        entry: false,
        options: { onError: 'mock', join: 'any' },
      },
    ]);
    const hook = { ...common, form: 'plain', level: 1 };
    expect(startup).toEqual([{ ...hook, name: 'setup', place: 0, per: 'instance', options: {} }]);
    expect(shutdown).toEqual([{ ...hook, name: 'cleanup', place: 4, per: 'run', options: { per: 'run' } }]);
    expect(handlers).toEqual([{ ...common, name: 'mock', place: 3, form: 'plain', options: {} }]);
    expect(rest).toEqual({
      name: 'chatbot',
      named: true,
      className: 'Chatbot',
      options: { name: 'chatbot', cancelGrace: 5 },
      doubled: [],
      undecorated: ['helper'],
    });
  });

  it('gives a blueprint that nobody can change', () => {
    const blueprint = scan(Chatbot);
    const { steps, startup, shutdown, handlers, doubled, undecorated } = blueprint;
    for (const value of [blueprint, steps, startup, shutdown, handlers, doubled, undecorated])
      expect(Object.isFrozen(value)).toBe(true);
    for (const member of [...steps, ...startup, ...shutdown, ...handlers]) expect(Object.isFrozen(member)).toBe(true);
    expect(Object.isFrozen(steps[0].to)).toBe(true);
  });

  it('may be abstract, and may have no name', () => {
    abstract class Unfinished extends Base {
      @Step() only() {}
    }
    expect(namesOf(scan(Unfinished).steps)).toEqual(['only']);
    expect(scan((() => class {})())).toMatchObject({ name: 'AnonymousPipeline', named: false, steps: [] });
  });

  it('says which method carries two decorators', () => {
    class Doubled extends Base {
      @Step() one() {}
      @OnShutdown() @OnStartup() two() {}
    }
    expect(scan(Doubled).doubled).toEqual([
      { owner: 'Doubled', name: 'two', place: 1, decorators: ['OnStartup', 'OnShutdown'] },
    ]);
  });
});

describe('a subclass', () => {
  class Parent extends Base {
    @OnStartup() connect() {}
    @Step({ to: 'second', retry: 3 }) first(): unknown {
      return 1;
    }
    @Step({ to: 'third' }) second(): unknown {
      return 2;
    }
    @Streaming() async *third(): AsyncGenerator<unknown, void> {}
  }
  class Child extends Parent {
    @Step({ to: 'third', timeout: 5 }) override second() {
      return 'two';
    }
    override async *third(): AsyncGenerator<string, void> {
      yield 'x';
    }
    @Step() fourth() {}
    @OnStartup() warmUp() {}
  }
  class Sibling extends Parent {
    @Step() override first(): unknown {
      return 0;
    }
  }

  it('overrides in place: with a decorator its own options count, without one the options stay', () => {
    const { steps, startup } = scan(Child);
    expect(steps.map(({ name, owner, options, form }) => [name, owner, options, form])).toEqual([
      ['first', 'Parent', { to: 'second', retry: 3 }, 'plain'],
      ['second', 'Child', { to: 'third', timeout: 5 }, 'plain'],
      ['third', 'Parent', {}, 'async-generator'],
      ['fourth', 'Child', {}, 'plain'],
    ]);
    expect(startup.map(({ name, level }) => [name, level])).toEqual([
      ['connect', 1],
      ['warmUp', 2],
    ]);
  });

  it('leaves its parent and its siblings as they were', () => {
    scan(Child);
    expect(scan(Parent).steps.map(({ name, owner }) => [name, owner])).toEqual([
      ['first', 'Parent'],
      ['second', 'Parent'],
      ['third', 'Parent'],
    ]);
    expect(scan(Sibling).steps.map(({ name, owner, to }) => [name, owner, to])).toEqual([
      ['first', 'Sibling', []],
      ['second', 'Parent', ['third']],
      ['third', 'Parent', []],
    ]);
  });

  it('turns a step into a hook by decorating it as one, and back', () => {
    class Hooked extends Parent {
      @OnStartup() override first() {}
      @Step() override connect() {}
    }
    const { steps, startup } = scan(Hooked);
    expect(namesOf(steps)).toEqual(['connect', 'second', 'third']);
    expect(namesOf(startup)).toEqual(['first']);
  });

  it('takes its form from an override without a decorator, whatever was decorated', () => {
    // The compiler would refuse these.
    class Plain extends Parent {}
    class Streamed extends Chatbot {}
    Object.defineProperty(Plain.prototype, 'third', { value: { third() {} }.third });
    Object.defineProperty(Streamed.prototype, 'respond', { value: { *respond() {} }.respond });
    expect(scan(Plain).steps[2]).toMatchObject({ name: 'third', kind: 'streaming', form: 'plain' });
    expect(scan(Streamed).steps[1]).toMatchObject({ name: 'respond', form: 'generator' });
  });

  it('may come through mixins, each with its own steps', () => {
    const Logged = (base: typeof Base) => {
      abstract class WithLog extends base {
        @Step() log() {}
      }
      return WithLog;
    };
    class Mixed extends Logged(Base) {
      @Step({ to: 'log' }) begin() {}
    }
    class Twice extends Logged(Logged(Base)) {}
    expect(scan(Mixed).steps.map(({ name, owner }) => [name, owner])).toEqual([
      ['log', 'WithLog'],
      ['begin', 'Mixed'],
    ]);
    expect(namesOf(scan(Twice).steps)).toEqual(['log']);
  });

  it('has no callable step where something else stands in its place, and no getter is called to see that', () => {
    class Replaced extends Parent {}
    Object.defineProperty(Replaced.prototype, 'second', {
      get(): never {
        throw new Error('called');
      },
    });
    Object.defineProperty(Replaced.prototype, 'third', { value: 5 });
    expect(scan(Replaced).steps.map(({ name, callable, form }) => [name, callable, form])).toEqual([
      ['first', true, 'plain'],
      ['second', false, 'unknown'],
      ['third', false, 'unknown'],
    ]);
  });

  it('inherits the options of the class, but not its name', () => {
    class Unnamed extends Chatbot {}
    class Named extends Chatbot {
      static override readonly pipeline = { ...Chatbot.pipeline, name: 'named' };
    }
    expect(scan(Unnamed)).toMatchObject({ name: 'Unnamed', named: false, options: { cancelGrace: 5 } });
    expect(scan(Named)).toMatchObject({ name: 'named', named: true, options: { cancelGrace: 5 } });
  });
});

describe('a member that is no public method', () => {
  it('is read with its place: static, a field, an accessor', () => {
    class Odd extends Base {}
    record('Step', {}, Odd, 'start', Object.getOwnPropertyDescriptor({ start() {} }, 'start'));
    record('Step', {}, Odd.prototype, 'start', undefined);
    record('OnStartup', {}, Odd.prototype, 'ready', { get: () => true, configurable: true });
    const { steps, startup } = scan(Odd);
    expect(steps.map(({ name, placement, place }) => [name, placement, place])).toEqual([
      ['start', 'static', 0],
      ['start', 'other', 1],
    ]);
    expect(startup.map(({ name, placement }) => [name, placement])).toEqual([['ready', 'other']]);
  });

  it('overrides nothing if it is #private: every class has its own', () => {
    const privateHook = (owner: object, text: string): void => {
      // What a compiler for standard decorators passes; the legacy dialect has no decorators on #private members.
      const metadata = {};
      Object.defineProperty(owner, (Symbol as { metadata?: symbol }).metadata!, { value: metadata });
      const access = { get: () => text };
      record(
        'OnStartup',
        {},
        () => text,
        { kind: 'method', name: '#open', static: false, private: true, access, metadata },
        undefined,
      );
    };
    class Above extends Base {}
    class Below extends Above {}
    privateHook(Above, 'above');
    privateHook(Below, 'below');
    const { startup, doubled } = scan(Below);
    expect(startup.map(({ name, placement, level, read }) => [name, placement, level, read({})])).toEqual([
      ['#open', 'private', 1, 'above'],
      ['#open', 'private', 2, 'below'],
    ]);
    expect(doubled).toEqual([]);
  });

  it('may be named by a symbol', () => {
    const begin = Symbol('begin');
    class ByMark extends Base {
      [begin]() {
        return 'called';
      }
    }
    record('OnStartup', {}, ByMark.prototype, begin, Object.getOwnPropertyDescriptor(ByMark.prototype, begin));
    const [hook] = scan(ByMark).startup;
    expect(hook).toMatchObject({ name: begin, form: 'plain' });
    expect((hook.read(new ByMark()) as () => string)()).toBe('called');
  });
});
