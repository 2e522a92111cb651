import { Pipeline, call, goto, retry, skip, stop, suspend } from 'stepstream';
import type {
  Answers,
  Ask,
  Asked,
  Checkpoint,
  Ctx,
  Each,
  EventOf,
  Family,
  OutputOf,
  Outputs,
  RunResult,
} from 'stepstream';
import type { StandardSchema, StepName, TokenEvent, TokenOf, TokenValue } from 'stepstream';
import type { StreamingStepName } from '../../decorators/outputs.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(..._proof: T[]): void => undefined;

interface Json {
  readonly ok: boolean;
}
interface Topic {
  topic: string;
}
declare const yesNo: StandardSchema<'yes' | 'no'>;

/** A child with a stream and a question. */
abstract class Child extends Pipeline<Topic> {
  abstract think(context: Ctx<this>): AsyncGenerator<number, void>;
  ask() {
    return suspend<string>({ topic: '' });
  }
}
/** As many steps as its parent class, and one more. */
abstract class Sibling extends Child {
  abstract more(): AsyncGenerator<Json, void>;
}

/** Steps of every kind; never run. */
abstract class Steps extends Pipeline<{ q: string }> {
  abstract child: Child;
  field = 1;

  // eaches
  abstract numbers(context: Each<this, string>): number;
  abstract later(context: Each<this, string>): Promise<Json>;
  abstract nothing(context: Each<this, string>): void;
  abstract texts(context: Each<this, string>): AsyncGenerator<string, void>;
  abstract counts(context: Each<this, string, string[]>): AsyncGenerator<number, number>;
  some({ item }: Each<this, string>) {
    return item ? item.length : skip();
  }
  whole({ item }: Each<this, string>) {
    return item ? [item] : stop();
  }
  askedItem({ item }: Each<this, string>) {
    return item ? 1 : suspend<number>(item);
  }

  // switches
  route() {
    return this.field ? 'a' : 'b';
  }
  flag() {
    return this.field === 1 || skip();
  }

  // sub-pipelines
  one() {
    return this.field ? call(this.child, { topic: '' }) : skip();
  }
  async many({ item }: Each<this, string>) {
    return call(this.child, { topic: item });
  }

  // directives
  away() {
    return this.field ? 1 : goto('route');
  }
  onlyAway() {
    return goto('route', 'x');
  }
  async again() {
    return this.field ? 'x' : retry({ delay: 5 });
  }
  typed() {
    return this.field ? { ok: true } : suspend<{ ok: boolean; note?: string }>('ok?');
  }
  validated() {
    return suspend({ amount: 5 }, { answer: yesNo });
  }
  untyped() {
    return suspend('ok?');
  }
  async *stream() {
    yield 'x';
    return this.field ? suspend<number>('how many?') : skip();
  }
  async *skippingText() {
    yield 'x';
    if (this.field) return skip();
    return undefined;
  }
}

type Eaches = 'numbers' | 'later' | 'nothing' | 'texts' | 'counts' | 'some' | 'whole' | 'askedItem';
type Rest = 'route' | 'flag' | 'one' | 'many' | 'away' | 'onlyAway' | 'again' | 'typed' | 'validated' | 'untyped';
is<Equal<StepName<Steps>, Eaches | Rest | 'stream' | 'skippingText'>>();
is<Equal<StreamingStepName<Steps>, 'texts' | 'counts' | 'stream' | 'skippingText'>>();

// The output of an each is the array of its results; skipped items are left out.
is<Equal<OutputOf<Steps, 'numbers'>, number[]>>();
is<Equal<OutputOf<Steps, 'later'>, Json[]>>();
is<Equal<OutputOf<Steps, 'nothing'>, undefined[]>>();
is<Equal<OutputOf<Steps, 'texts'>, string[]>>();
is<Equal<OutputOf<Steps, 'counts'>, number[]>>();
is<Equal<OutputOf<Steps, 'some'>, number[]>>();
is<Equal<OutputOf<Steps, 'whole'>, string[][]>>();
is<Equal<OutputOf<Steps, 'askedItem'>, number[]>>();
is<Equal<TokenOf<Steps, 'texts'>, string>>();

// Of a switch it is the key, of a sub-pipeline the child's state, of a suspension the answer.
is<Equal<OutputOf<Steps, 'route'>, 'a' | 'b'>>();
is<Equal<OutputOf<Steps, 'flag'>, true>>();
is<Equal<OutputOf<Steps, 'one'>, Topic>>();
is<Equal<OutputOf<Steps, 'many'>, Topic[]>>();
is<Equal<OutputOf<Steps, 'typed'>, { ok: boolean } | { ok: boolean; note?: string }>>();
is<Equal<OutputOf<Steps, 'validated'>, 'yes' | 'no'>>();
is<Equal<OutputOf<Steps, 'untyped'>, unknown>>();
is<Equal<OutputOf<Steps, 'stream'>, number>>();
is<Equal<OutputOf<Child, 'ask'>, string>>();

// Other directives are none; a stream that may skip still has its text.
is<Equal<OutputOf<Steps, 'away'>, 1>>();
is<Equal<OutputOf<Steps, 'onlyAway'>, never>>();
is<Equal<OutputOf<Steps, 'again'>, 'x'>>();
is<Equal<OutputOf<Steps, 'skippingText'>, string>>();
is<Equal<Outputs<Steps, 'some' | 'route'>, { readonly some: number[]; readonly route: 'a' | 'b' }>>();

// A class that calls another one has the events of both.
abstract class Alone extends Pipeline<Topic> {
  abstract think(): AsyncGenerator<string, void>;
}
abstract class Recursive extends Pipeline<Topic> {
  abstract again: Recursive;
  abstract child: Sibling;
  abstract think(): AsyncGenerator<string, void>;
  deeper() {
    return call(this.again, { topic: '' });
  }
  sibling() {
    return call(this.child, { topic: '' });
  }
  elder() {
    return call<Child>(this.child, { topic: '' });
  }
}
is<Equal<Family<Alone>, Alone>>();
is<Equal<Family<Steps>, Steps | Child>>();
is<Equal<TokenEvent<Alone>['step'], 'think'>>();
is<Equal<TokenEvent<Alone>['value'], string>>();
is<Equal<Extract<Family<Recursive>, Sibling>, Sibling>>();
is<Equal<TokenEvent<Recursive>['step'], 'think' | 'more'>>();
is<Equal<TokenEvent<Recursive>['value'], string | number | Json>>();
is<Equal<TokenValue<Recursive, 'think'>, string | number>>();
is<Equal<TokenValue<Recursive, 'more'>, Json>>();
is<Equal<TokenValue<Recursive, 'think' | 'more'>, string | number | Json>>();
is<Equal<TokenValue<Pipeline<Topic>, 'any'>, unknown>>();
is<Equal<EventOf<Steps, 'step-start'>['step'], StepName<Steps> | StepName<Child>>>();
is<Equal<EventOf<Pipeline<Topic>, 'token'>['value'], unknown>>();
is<Equal<EventOf<Pipeline<Topic>, 'step-end'>['step'], string>>();

// The end of an item has its index, the end of the each has none.
type EndOf<P, K> = Extract<EventOf<P, 'step-end'>, { readonly step: K }>;
type ItemOf<E> = E extends { readonly index: number } ? E : never;
is<Equal<ItemOf<EndOf<Steps, 'some'>>['output'], number>>();
is<Equal<Exclude<EndOf<Steps, 'some'>, { readonly index: number }>['output'], number[]>>();
is<Equal<ItemOf<EndOf<Steps, 'route'>>, never>>();
is<Equal<EndOf<Steps, 'route'>['index'], undefined>>();
is<Equal<EndOf<Steps, 'onlyAway'>['output'], never>>();

// What a run waits for, and what answers it.
type Suspended<P> = Extract<RunResult<P>, { readonly status: 'suspended' }>;
is<Equal<Suspended<Steps>['checkpoint'], Checkpoint>>();
is<Equal<Suspended<Steps>['asks'], readonly Ask<Steps>[]>>();
is<Equal<Ask<Child>, Asked<'ask', unknown>>>();
is<Equal<Extract<Ask<Steps>, { readonly step: 'validated' }>['ask'], { amount: number }>>();
is<Equal<Ask<Steps>['step'], 'askedItem' | 'typed' | 'validated' | 'untyped' | 'stream' | 'ask'>>();
is<Equal<Ask<Alone>, never>>();
is<Equal<EventOf<Steps, 'step-suspend'>['step'], Ask<Steps>['step']>>();
is<Equal<EventOf<Alone, 'step-suspend'>, never>>();
is<Equal<EventOf<Steps, 'run-end'>['checkpoint'], Checkpoint | undefined>>();
is<Equal<Answers<Pipeline<Topic>>, Readonly<Record<string, unknown>>>>();

const answers = [
  { typed: { ok: true }, validated: 'no', untyped: Symbol.iterator },
  { 'askedItem[3]': 1, 'askedItem#2[0]': 2, 'validated#2': 'yes', stream: 3 },
  { 'one/ask': 'anything', 'many[2]/ask#3': 5 },
  {},
] satisfies Answers<Steps>[];
const refused: Answers<Steps>[] = [
  // @ts-expect-error wrong answer
  { typed: { ok: 1 } },
  // @ts-expect-error wrong answer
  { validated: 'maybe' },
  // @ts-expect-error an each is answered by item
  { askedItem: 1 },
  // @ts-expect-error wrong answer of an item
  { 'askedItem[1]': 'x' },
  // @ts-expect-error no each
  { 'typed[1]': { ok: true } },
  // @ts-expect-error never asks
  { route: 'a' },
];
export const all = [answers, refused];
