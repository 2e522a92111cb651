import { describe, expect, it } from 'vitest';
import type { EachContext, StepContext } from '../../decorators/context.js';
import { ForEach } from '../../decorators/for-each.js';
import { OnError } from '../../decorators/on-error.js';
import { OnShutdown } from '../../decorators/on-shutdown.js';
import { OnStartup } from '../../decorators/on-startup.js';
import * as first from '../../decorators/record.js';
import { recordsOf, type MethodRecord } from '../../decorators/record.js';
import { Step } from '../../decorators/step.js';
import { Streaming } from '../../decorators/streaming.js';
import { SubPipeline } from '../../decorators/sub-pipeline.js';
import { Switch } from '../../decorators/switch.js';
import { call } from '../../src/run/directives.js';

interface State {
  q: string;
}
type Item = EachContext<State, string>;

/** Enough of a pipeline for the compiler; decorators look at nothing of it. */
abstract class Base {
  declare readonly '~types': { readonly state: State; readonly context: unknown };
}

const summary = ({ decorator, method, placement, options }: MethodRecord): unknown[] => [
  decorator,
  method,
  placement,
  options,
];
const summaries = (pipelineClass: object): unknown[][] => recordsOf(pipelineClass).map(summary);
const namesOf = (pipelineClass: object): unknown[] => recordsOf(pipelineClass).map(({ method }) => method);

/** A foreign decorator, in either dialect, that replaces the method it sits on; `never` fits what both dialects may return. */
const replacing =
  (by: () => unknown) =>
  (_target: unknown, _nameOrContext: unknown, descriptor?: PropertyDescriptor): never =>
    (descriptor ? { ...descriptor, value: by } : by) as never;

describe('a decorator', () => {
  it('records its name, the method and its options, in the order of the methods', () => {
    const when = () => true;
    class Chatbot extends Base {
      @OnStartup() setup() {}
      @Step({ to: ['respond'], retry: { attempts: 2, when }, timeout: { step: 5 } }) start() {}
      @Streaming({ onError: 'mock' }) async *respond() {
        yield 'x';
      }
      @OnError() mock() {
        return '';
      }
      @OnShutdown({ per: 'run' }) cleanup() {}
    }
    expect(summaries(Chatbot)).toEqual([
      ['OnStartup', 'setup', 'method', {}],
      ['Step', 'start', 'method', { to: ['respond'], retry: { attempts: 2, when }, timeout: { step: 5 } }],
      ['Streaming', 'respond', 'method', { onError: 'mock' }],
      ['OnError', 'mock', 'method', {}],
      ['OnShutdown', 'cleanup', 'method', { per: 'run' }],
    ]);
  });

  it('records what an each, a switch and a sub-pipeline say, the class of the child as the function that gives it', () => {
    const cases = { a: 'load', b: null } as const;
    const middleware = () => undefined;
    const of = () => Child;
    class Child extends Base {}
    class Flow extends Base {
      readonly child = new Child();
      @Switch({ cases, default: null, maxVisits: 3 }) route({ input }: StepContext<State, string[]>) {
        return input ? 'a' : 'b';
      }
      @ForEach({ onItemError: 'collect', concurrency: 2, middleware }) load({ item }: Item) {
        return item;
      }
      @SubPipeline(of) one() {
        return call(this.child, { q: '' });
      }
      @SubPipeline(of, { each: true, to: 'one' }) many({ item }: Item) {
        return call(this.child, { q: item });
      }
    }
    expect(summaries(Flow)).toEqual([
      ['Switch', 'route', 'method', { cases, default: null, maxVisits: 3 }],
      ['ForEach', 'load', 'method', { onItemError: 'collect', concurrency: 2, middleware }],
      ['SubPipeline', 'one', 'method', { of }],
      ['SubPipeline', 'many', 'method', { of, each: true, to: 'one' }],
    ]);
    expect((recordsOf(Flow)[2].options.of as typeof of)()).toBe(Child);
    expect(new Flow().load({ item: 'x' } as Item)).toBe('x');
  });

  it('never asks for the class of a child: it may not exist yet, or never', () => {
    const fails = (): typeof Base => {
      throw new Error('not yet');
    };
    class Early extends Base {
      // @ts-expect-error what fails gives no class whose call this is
      @SubPipeline(fails) one() {}
      // @ts-expect-error an option can't stand in for the class
      @SubPipeline(undefined, { of: fails }) two() {}
    }
    expect(summaries(Early)).toEqual([
      ['SubPipeline', 'one', 'method', { of: fails }],
      ['SubPipeline', 'two', 'method', { of: undefined }],
    ]);
  });

  it('leaves the method as it is', () => {
    class Plain extends Base {
      @Step() one() {
        return 1;
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Plain.prototype, 'one');
    expect(new Plain().one()).toBe(1);
    expect(descriptor).toMatchObject({ writable: true, enumerable: false, configurable: true });
    expect(recordsOf(Plain)[0].body).toBe(descriptor!.value);
  });

  it('records every decorator of a method that has two, the inner one first', () => {
    class Doubled extends Base {
      @OnStartup() @Step() both() {}
    }
    expect(summaries(Doubled).map(([decorator]) => decorator)).toEqual(['Step', 'OnStartup']);
  });

  it('keeps a copy of the options that nobody can change', () => {
    const options: { entry: boolean } = { entry: true };
    class Copied extends Base {
      @Step(options) one() {}
    }
    options.entry = false;
    const [record] = recordsOf(Copied);
    expect(record.options).toEqual({ entry: true });
    expect(Object.isFrozen(record)).toBe(true);
    expect(Object.isFrozen(record.options)).toBe(true);
  });

  it('records a method that is named by a symbol, for the plan to refuse a step and to run a hook', () => {
    const name = Symbol('setup');
    class Named extends Base {
      @OnStartup() [name]() {}
    }
    expect(summaries(Named)).toEqual([['OnStartup', name, 'method', {}]]);
  });

  it('records a method that is private to the compiler only, as any other', () => {
    class Hidden extends Base {
      @OnStartup() private setup() {
        return 'up';
      }
      @OnError() protected mock() {
        return this.setup();
      }
    }
    expect(summaries(Hidden)).toEqual([
      ['OnStartup', 'setup', 'method', {}],
      ['OnError', 'mock', 'method', {}],
    ]);
    const hidden = new Hidden();
    expect((recordsOf(Hidden)[1].read(hidden) as () => string).call(hidden)).toBe('up');
  });
});

describe('records', () => {
  class Parent extends Base {
    @Step({ to: 'second' }) first() {}
    @Step() second() {}
  }
  class Child extends Parent {
    @Step({ entry: true }) override first() {}
    @Step() third() {}
  }
  class Sibling extends Parent {
    @Step() fourth() {}
  }
  class Bare extends Parent {}

  it('belong to the class whose body has the decorator', () => {
    expect(namesOf(Parent)).toEqual(['first', 'second']);
    expect(namesOf(Child)).toEqual(['first', 'third']);
    expect(namesOf(Sibling)).toEqual(['fourth']);
  });

  it('of a class without decorators are empty, whatever its parents have', () => {
    expect(recordsOf(Bare)).toEqual([]);
    expect(recordsOf(Base)).toEqual([]);
    expect(recordsOf(Object)).toEqual([]);
  });

  it('are never those of another class that was made by the same mixin', () => {
    const audited = (Super: typeof Base, to: 'log' | 'note') => {
      abstract class Audited extends Super {
        @Step({ to }) audit() {}
        @Step() log() {}
        @Step() note() {}
      }
      return Audited;
    };
    const [one, two] = [audited(Base, 'log'), audited(Base, 'note')];
    expect(recordsOf(one)[0].options).toEqual({ to: 'log' });
    expect(recordsOf(two)[0].options).toEqual({ to: 'note' });
    expect(recordsOf(one)).toHaveLength(3);
  });

  it('can be read again and again, and what was read is not the list itself', () => {
    (recordsOf(Parent) as MethodRecord[]).pop();
    expect(namesOf(Parent)).toEqual(['first', 'second']);
  });

  it('read the method from the instance, so that an override counts', () => {
    class Loud extends Parent {
      override first() {
        return 'loud';
      }
    }
    const loud = new Loud();
    expect(recordsOf(Parent)[0].read(loud)).toBe(Loud.prototype.first);
    expect(recordsOf(Parent)[0].body).toBe(Parent.prototype.first);
  });
});

describe('a decorator where no step can be', () => {
  it('records the place of a static method and never throws', () => {
    class Static extends Base {
      // @ts-expect-error a step must not be static
      @Step() static one() {}
      // @ts-expect-error a hook must not be static
      @OnStartup() static two() {}
    }
    expect(summaries(Static)).toEqual([
      ['Step', 'one', 'static', {}],
      ['OnStartup', 'two', 'static', {}],
    ]);
  });

  it('records a field, a getter and a setter as something else', () => {
    class Fields extends Base {
      // @ts-expect-error only for methods
      @Step() field = 1;
      // @ts-expect-error only for methods
      @Step() arrow = () => 1;
      // @ts-expect-error only for methods
      @Streaming() get getter() {
        return 1;
      }
      // @ts-expect-error only for methods
      @OnError() set setter(value: number) {
        void value;
      }
      // @ts-expect-error only for methods
      @OnStartup() static field = 1;
    }
    const fields = new Fields();
    expect(new Map(summaries(Fields).map(([, name, placement]) => [name, placement]))).toEqual(
      new Map([
        ['field', 'other'],
        ['arrow', 'other'],
        ['getter', 'other'],
        ['setter', 'other'],
      ]),
    );
    expect(summaries(Fields)).toHaveLength(5);
    expect([fields.field, fields.arrow(), fields.getter, Fields.field]).toEqual([1, 1, 1, 1]);
  });

  it('records a class that was taken for a method', () => {
    // @ts-expect-error only for methods
    @Step()
    class Whole extends Base {}
    expect(summaries(Whole)).toEqual([['Step', 'Whole', 'other', {}]]);
  });

  it('takes options of any shape, for the plan to judge', () => {
    // @ts-expect-error no such option
    const misspelt = Step({ too: 'x' });
    const nothing = Step(null as never);
    const text = OnStartup('run' as never);
    class Odd extends Base {
      @misspelt one() {}
      @nothing two() {}
      @text three() {}
    }
    expect(summaries(Odd).map(([, , , options]) => options)).toEqual([{ too: 'x' }, {}, { 0: 'r', 1: 'u', 2: 'n' }]);
  });
});

describe('a foreign decorator that replaces the method', () => {
  const other = () => 'other';
  class Wrapped extends Base {
    @replacing(other) @Step({ entry: true }) above() {
      return 'own';
    }
    @Step({ entry: true }) @replacing(other) below() {
      return 'own';
    }
  }
  const [above, below] = recordsOf(Wrapped) as [MethodRecord, MethodRecord];

  it('leaves the record, above or below', () => {
    expect([above, below].map(summary)).toEqual([
      ['Step', 'above', 'method', { entry: true }],
      ['Step', 'below', 'method', { entry: true }],
    ]);
  });

  it('is what runs: the instance is read, not the body that was decorated', () => {
    expect(above.read(new Wrapped())).toBe(other);
    expect(below.read(new Wrapped())).toBe(other);
  });

  it('shows in the record what stood under our decorator', () => {
    expect(above.body).not.toBe(other);
    expect((above.body as () => unknown)()).toBe('own');
    expect(below.body).toBe(other);
  });

  it('on the class, which makes it another class, leaves the records to be found on the way up', () => {
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any class
    const sealed = <T extends abstract new (...args: any[]) => object>(Class: T) => {
      abstract class Sealed extends Class {}
      return Sealed;
    };
    @sealed
    class Replaced extends Base {
      @Step() one() {}
    }
    const chain = [Replaced, Object.getPrototypeOf(Replaced) as object];
    expect(chain.flatMap((link) => summaries(link))).toEqual([['Step', 'one', 'method', {}]]);
  });
});

describe('two loaded copies of the package', () => {
  it('read each other’s records', async () => {
    const path = '../../decorators/record.js?second-copy';
    const second = (await import(/* @vite-ignore */ path)) as typeof first;
    const SecondStep = (options: object) => (target: unknown, nameOrContext: unknown, descriptor?: unknown) =>
      second.record('Step', options, target, nameOrContext, descriptor);
    class Mixed extends Base {
      @Step({ to: 'two' }) one() {}
      @SecondStep({ entry: true }) two() {}
    }
    expect(second.record).not.toBe(first.record);
    expect(summaries(Mixed)).toEqual([
      ['Step', 'one', 'method', { to: 'two' }],
      ['Step', 'two', 'method', { entry: true }],
    ]);
    expect(second.recordsOf(Mixed)).toEqual(recordsOf(Mixed));
  });
});
