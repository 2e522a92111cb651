import type { Ctx, Each, Failure } from '../../../decorators/context.js';
import { ForEach } from '../../../decorators/for-each.js';
import { OnError } from '../../../decorators/on-error.js';
import { Step } from '../../../decorators/step.js';
import { Pipeline } from '../../pipeline.js';
import { skip, stop } from '../../run/directives.js';
import type { PipelineOptions } from '../../scanner/pipeline-options.js';
import { pause } from '../pause.js';

export interface Work {
  items: unknown;
  seen?: unknown[];
  total?: number;
  last?: unknown;
}

/** What an item does is said by the item itself. */
const doItem = async ({ item, index, state, emit }: Each<Pipeline<Work>, unknown>): Promise<unknown> => {
  if (item === 'fails') throw new Error(`item ${index} broke`);
  if (item === 'skips') return skip();
  if (item === 'stops') return stop();
  emit('in');
  await pause(typeof item === 'number' ? item : 1);
  emit('out');
  if (state.total !== undefined) state.total++;
  if (item === 'writes') state.last = index;
  state.seen?.push([index, state.seen.length]);
  return `${index}: ${String(item)}`;
};

export class Items extends Pipeline<Work> {
  static readonly pipeline = { name: 'conformance-items', merge: { total: 'sum' } } satisfies PipelineOptions<Work>;
  @Step({ to: 'work' }) load({ state }: Ctx<this>): unknown[] {
    return state.items as unknown[];
  }
  @ForEach({ to: 'after', concurrency: 3 }) work(context: Each<this, unknown>): unknown {
    return doItem(context);
  }
  @Step() after({ input }: Ctx<this, unknown>): unknown {
    return input;
  }
}

export class OneByOne extends Items {
  static override readonly pipeline = {
    name: 'conformance-one-by-one',
    merge: { total: 'sum' },
  } satisfies PipelineOptions<Work>;
  @ForEach({ to: 'after', concurrency: 1 }) override work(context: Each<this, unknown>): unknown {
    return doItem(context);
  }
}

export class Lenient extends Items {
  static override readonly pipeline = {
    name: 'conformance-lenient',
    merge: { total: 'sum' },
  } satisfies PipelineOptions<Work>;
  @ForEach({ to: 'after', onItemError: 'skip' }) override work(context: Each<this, unknown>): unknown {
    return doItem(context);
  }
}

export class Collecting extends Items {
  static override readonly pipeline = {
    name: 'conformance-collecting',
    merge: { total: 'sum' },
  } satisfies PipelineOptions<Work>;
  @ForEach({ to: 'after', onItemError: 'collect' }) override work(context: Each<this, unknown>): unknown {
    return doItem(context);
  }
}

export class Retried extends Items {
  static override readonly pipeline = {
    name: 'conformance-retried-items',
    merge: { total: 'sum' },
  } satisfies PipelineOptions<Work>;
  @ForEach({ to: 'after', retry: 2, onError: 'instead' })
  override async *work({ item, index, attempt }: Each<this, unknown>): AsyncGenerator<string, unknown> {
    yield `${index}/${attempt} `;
    if (item === 'fails' || (item === 'twice' && attempt === 1)) throw new Error(`item ${index} broke`);
    return [index, attempt];
  }
  @OnError() instead({ index }: Failure<this>): unknown {
    return `instead of ${index}`;
  }
}

/** The pipelines of what holds wherever items run. */
export interface Eaches {
  readonly Items: typeof Items;
  readonly OneByOne: typeof OneByOne;
  readonly Lenient: typeof Lenient;
  readonly Collecting: typeof Collecting;
  readonly Retried: typeof Retried;
  /** Whether they are on whatever worker, where it takes a while until all have begun. */
  readonly spread: boolean;
}

const named = <const Name extends string>(name: Name) =>
  ({ name: `conformance-spread-${name}`, merge: { total: 'sum' } }) satisfies PipelineOptions<Work>;

class SpreadItems extends Items {
  static override readonly pipeline = named('items') as never;
  @ForEach({ to: 'after', concurrency: 3, distributed: true }) override work(context: Each<this, unknown>): unknown {
    return doItem(context);
  }
}

class SpreadOneByOne extends OneByOne {
  static override readonly pipeline = named('one-by-one') as never;
  @ForEach({ to: 'after', concurrency: 1, distributed: true }) override work(context: Each<this, unknown>): unknown {
    return doItem(context);
  }
}

class SpreadLenient extends Lenient {
  static override readonly pipeline = named('lenient') as never;
  @ForEach({ to: 'after', onItemError: 'skip', distributed: true })
  override work(context: Each<this, unknown>): unknown {
    return doItem(context);
  }
}

class SpreadCollecting extends Collecting {
  static override readonly pipeline = named('collecting') as never;
  @ForEach({ to: 'after', onItemError: 'collect', distributed: true })
  override work(context: Each<this, unknown>): unknown {
    return doItem(context);
  }
}

class SpreadRetried extends Retried {
  static override readonly pipeline = named('retried') as never;
  @ForEach({ to: 'after', retry: 2, onError: 'instead', distributed: true })
  override work(context: Each<this, unknown>): AsyncGenerator<string, unknown> {
    return super.work(context);
  }
}

/** Items in the process of their run. */
export const LOCAL: Eaches = { Items, OneByOne, Lenient, Collecting, Retried, spread: false };

/** Items that may run in any process. */
export const SPREAD: Eaches = {
  Items: SpreadItems,
  OneByOne: SpreadOneByOne,
  Lenient: SpreadLenient,
  Collecting: SpreadCollecting,
  Retried: SpreadRetried,
  spread: true,
};

export class Lazy extends Pipeline<Work> {
  static readonly pipeline = { name: 'conformance-lazy' };
  @Step({ to: 'work' }) load(): AsyncIterable<number> {
    return (async function* () {
      yield* [1, 2, 3];
    })();
  }
  @ForEach({ to: 'after' }) work({ item }: Each<this, number>) {
    return item * 2;
  }
  @Step() after({ input }: Ctx<this, number[]>) {
    return input;
  }
}
