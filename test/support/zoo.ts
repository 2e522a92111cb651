import {
  call,
  ForEach,
  goto,
  OnError,
  Pipeline,
  skip,
  Step,
  Streaming,
  SubPipeline,
  suspend,
  Switch,
  type Ctx,
  type Each,
  type Failure,
} from 'stepstream';

/** Asks, alone and per item, and may be tried again. */
export class Cage extends Pipeline<{ n: number; told: string[] }> {
  static readonly pipeline = { name: 'cage', merge: { told: 'append' } } as const;
  @Streaming({ to: ['look', 'each'] })
  async *enter({ state }: Ctx<this>) {
    state.told.push('in');
    yield `cage ${state.n} `;
    return [state.n, state.n + 1];
  }
  @Streaming({ to: 'leave' })
  async *look({ state }: Ctx<this>) {
    state.n += 1;
    yield 'look? ';
    return suspend<number>({ look: state.n });
  }
  @ForEach({ to: 'leave' })
  each({ item, state }: Each<this, number>) {
    state.told.push(`item ${item}`);
    return item % 2 === 0 ? suspend<number>({ item }) : item;
  }
  @Step()
  leave({ input }: Ctx<this, unknown>) {
    if (input === 'fail') throw new Error('the cage is open');
    return input;
  }
}

export interface ZooState {
  open: boolean;
  log: string[];
  count: number;
  deep: { path: { to?: string } };
}

/** Everything that can be in a checkpoint: waits in loops, joins, eaches, children, switches and streams. */
export class Zoo extends Pipeline<ZooState> {
  static readonly pipeline = { name: 'zoo', merge: { log: 'append', count: 'sum' }, maxVisits: 6 } as const;
  readonly cage = new Cage();

  @Step({ to: ['ticket', 'round', 'cages', 'route', 'first', 'second', 'items'] })
  gate({ state }: Ctx<this>) {
    state.log.push('gate');
    return ['a', 'b', 'c'];
  }
  @Streaming({ to: 'end', onError: 'free', retry: 2 })
  async *ticket({ state, usage, attempt }: Ctx<this>) {
    if (attempt === 1) throw new Error('no paper');
    usage({ model: 'printer', input: 3, output: 1 });
    state.deep.path.to = 'ticket';
    yield 'ticket? ';
    return suspend<string>('ticket', { expiresIn: 3_600_000 });
  }
  @Step({ to: 'ask' })
  round({ state }: Ctx<this>) {
    state.count += 1;
  }
  @Step({ to: 'again' })
  ask({ state }: Ctx<this>) {
    return state.count < 2 ? suspend<string>(`round ${state.count}`) : 'enough';
  }
  @Step({ goto: 'round', to: 'end' })
  again({ input }: Ctx<this, string>) {
    return input === 'enough' ? 'out' : goto('round');
  }
  @SubPipeline(() => Cage, { each: true, to: 'end', concurrency: 2, retry: 2 })
  cages({ index, state }: Each<this, string>) {
    state.log.push(`cage ${index}`);
    return call(this.cage, { n: index, told: [] });
  }
  @Switch({ cases: { lions: 'lions', apes: 'apes', none: null } })
  route(_: Ctx<this, string[]>) {
    return suspend<'lions' | 'apes' | 'none'>('where?');
  }
  @Step({ to: 'end' })
  lions({ input }: Ctx<this, string[]>) {
    return input.length;
  }
  @Step()
  apes() {}
  @Step({ to: 'fast' })
  first() {
    return suspend<string>('first?');
  }
  @Step({ to: 'fast' })
  second() {
    return suspend<string>('second?');
  }
  @Step({ join: 'any', to: 'end' })
  fast({ input }: Ctx<this, string>) {
    return input;
  }
  @ForEach({ onItemError: 'skip', to: 'end' })
  items({ item, index, state }: Each<this, string>) {
    state.log.push(item);
    if (index === 1) return undefined;
    if (index === 2) throw new Error('no such item');
    return suspend<string>({ item });
  }
  @OnError()
  free({ error }: Failure<this>) {
    return (error as Error).name;
  }
  @OnError()
  any() {
    return skip();
  }
  @Step({ join: 'all' })
  end({ state }: Ctx<this>) {
    return state.count;
  }
}

export const ZOO: ZooState = { open: true, log: [], count: 0, deep: { path: {} } };
