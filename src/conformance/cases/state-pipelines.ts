import type { Ctx, Failure } from '../../../decorators/context.js';
import { OnError } from '../../../decorators/on-error.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { Pipeline } from '../../pipeline.js';
import { pause } from '../pause.js';

type Fields = Record<string, unknown>;

/** What a step does to the state is said by the state: `{ left: [[path, value]] }`. */
export interface Edits {
  left: [path: string, value: unknown][];
  right: [path: string, value: unknown][];
  data: Fields & { list?: unknown[] };
  count: number;
  words: string[];
  best: number;
}

function edit(state: Edits, side: 'left' | 'right'): void {
  for (const [path, value] of state[side]) {
    if (path === 'count') state.count += value as number;
    else if (path === 'words') state.words.push(value as string);
    else if (path === 'best') state.best = value as number;
    else if (path === 'list') state.data.list?.push(value);
    else if (value === undefined || value === 'delete') delete state.data[path];
    else if (path.includes('.')) (state.data[path.split('.')[0] ?? ''] as Fields)[path.split('.')[1] ?? ''] = value;
    else state.data[path] = value;
  }
}

export class Editors extends Pipeline<Edits> {
  static readonly pipeline = {
    name: 'conformance-editors',
    merge: { count: 'sum', words: 'append', best: (_: number, a: number, b: number) => Math.max(a, b) },
  } as const;
  @Step({ to: ['left', 'right'] }) begin() {}
  @Step({ to: 'end', retry: 3, onError: 'instead' }) async left({ state }: Ctx<this>) {
    await pause(20);
    edit(state, 'left');
  }
  @Step({ to: 'end' }) async right({ state }: Ctx<this>) {
    await pause(40);
    edit(state, 'right');
  }
  @Step() end() {}
  @OnError() instead(_: Failure<this>): void {}
}

export const edits = (left: Edits['left'], right: Edits['right'], data: Edits['data'] = {}): Edits => ({
  ...{ left, right, data },
  ...{ count: 0, words: [], best: 0 },
});

export class Attempts extends Pipeline<{ tries: number; note: string; needs: number }> {
  static readonly pipeline = { name: 'conformance-attempts' };
  @Step({ to: 'flaky' }) begin({ state }: Ctx<this>) {
    state.note = 'begun';
  }
  @Step({ to: 'end', retry: 3, onError: 'repair' }) flaky({ state, attempt }: Ctx<this>) {
    const before = state.tries;
    state.tries += 10;
    state.note = `attempt ${attempt} saw ${before}`;
    if (attempt < state.needs) throw new Error('not yet');
  }
  @OnError() repair({ state }: Failure<this>): void {
    state.note += ', repaired';
  }
  @Step() end() {}
}

export class Fails extends Pipeline<{ kept?: boolean; lost?: boolean }> {
  static readonly pipeline = { name: 'conformance-fails-with-state' };
  @Step({ to: 'breaks' }) commits({ state }: Ctx<this>) {
    state.kept = true;
  }
  @Step() breaks({ state }: Ctx<this>) {
    state.lost = true;
    throw new Error('broken');
  }
}

export const UNPLAIN: Readonly<Record<string, () => unknown>> = {
  date: () => new Date(0),
  map: () => new Map(),
  nan: () => ({ deep: [NaN] }),
  bigint: () => 1n,
  instance: () => new (class Thing {})(),
  hole: () => [undefined],
  cycle: () => {
    const cycle: Fields = {};
    cycle.self = cycle;
    return cycle;
  },
};

export class Unplain extends Pipeline<{ what: string; where: string; field?: unknown }> {
  static readonly pipeline = { name: 'conformance-unplain' };
  @Streaming() async *make({ state, emit }: Ctx<this>): AsyncGenerator<unknown, unknown> {
    const value = UNPLAIN[state.what]?.();
    if (state.where === 'token') yield value;
    if (state.where === 'state') state.field = value;
    if (state.where === 'event') emit('data', value);
    return state.where === 'output' ? value : 'plain';
  }
}
