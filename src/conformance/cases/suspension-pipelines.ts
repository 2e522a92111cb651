import type { Ctx, Each, Failure, Join } from '../../../decorators/context.js';
import { ForEach } from '../../../decorators/for-each.js';
import { OnError } from '../../../decorators/on-error.js';
import type { StandardSchema } from '../../../decorators/standard-schema.js';
import { Step } from '../../../decorators/step.js';
import { Streaming } from '../../../decorators/streaming.js';
import { SubPipeline } from '../../../decorators/sub-pipeline.js';
import { Pipeline } from '../../pipeline.js';
import { call, goto, stop, suspend } from '../../run/directives.js';
import { pause } from '../pause.js';

export class Approval extends Pipeline<{ trail: string[] }, { by?: string }> {
  static readonly pipeline = { name: 'conformance-approval', merge: { trail: 'append' } } as const;
  @Streaming({ to: ['ask', 'other'] }) async *prepare({ state, usage }: Ctx<this>) {
    yield 'before ';
    usage({ model: 'm', input: 1, output: 1 });
    state.trail.push('prepare');
    return 'prepared';
  }
  @Step({ to: 'decide' }) ask({ state, input }: Ctx<this, string>) {
    state.trail.push('ask');
    return suspend<string>({ question: `${input}?` });
  }
  @Step({ to: 'decide' }) async other({ state }: Ctx<this, string>) {
    await pause(30);
    state.trail.push('other');
    return 'other';
  }
  @Streaming() async *decide({ inputs, outputs, state, usage, context }: Join<this, { ask: string; other: string }>) {
    yield 'after';
    usage({ model: 'm', input: 2, output: 2 });
    state.trail.push('decide');
    return [inputs.ask, inputs.other, outputs.prepare, context?.by ?? null];
  }
}

export class Questions extends Pipeline<{ order: string[] }> {
  static readonly pipeline = { name: 'conformance-questions' };
  @Step({ to: ['a', 'b', 'c'] }) begin() {}
  @Step({ to: 'tenfold' }) a() {
    return suspend<number>('a?');
  }
  @Step({ to: 'all' }) b() {
    return suspend<number>('b?');
  }
  @Step({ to: 'all' }) c() {
    return suspend<number>('c?');
  }
  @Step({ to: 'all' }) tenfold({ input, state }: Ctx<this, number>) {
    state.order.push('tenfold');
    return input * 10;
  }
  @Step() all({ inputs }: Join<this, { tenfold: number; b: number; c: number }>) {
    return inputs;
  }
}

export class AskEach extends Pipeline<{ items: string[] }> {
  static readonly pipeline = { name: 'conformance-ask-each' };
  @Step({ to: 'work' }) load({ state }: Ctx<this>) {
    return state.items;
  }
  @ForEach({ to: 'after' }) work({ item }: Each<this, string>) {
    return item === 'asks' ? suspend<string>('which?') : item;
  }
  @Step() after({ input }: Ctx<this, string[]>) {
    return input;
  }
}

class Asks extends Pipeline<{ rounds: number; heard: string[] }> {
  static readonly pipeline = { name: 'conformance-asks' };
  @Step({ to: 'hear' }) ask({ state }: Ctx<this>) {
    return suspend<string>(`round ${state.heard.length + 1}?`);
  }
  @Step({ goto: 'ask' }) hear({ state, input }: Ctx<this, string>) {
    state.heard.push(input);
    return state.heard.length < state.rounds ? goto('ask') : undefined;
  }
}

export class AskInside extends Pipeline<{ rounds: number }> {
  static readonly pipeline = { name: 'conformance-ask-inside' };
  readonly asks = new Asks();
  @SubPipeline(() => Asks, { to: 'after' }) inside({ state }: Ctx<this>) {
    return call(this.asks, { rounds: state.rounds, heard: [] });
  }
  @Step() after({ input }: Ctx<this, { heard: string[] }>) {
    return input.heard;
  }
}

const text: StandardSchema<string> = {
  '~standard': {
    version: 1,
    vendor: 'conformance',
    validate: (value) =>
      typeof value === 'string' ? { value: value.trim() } : { issues: [{ message: 'is no text' }] },
  },
};

export class Picky extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-picky' };
  @Step({ to: 'after', answer: text }) ask() {
    return suspend<string>('a text, please');
  }
  @Step() after({ input }: Ctx<this, string>) {
    return input;
  }
}

export class Expires extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-expires' };
  @Step({ to: 'after', onError: 'instead' }) ask() {
    return suspend<string>('quick!', { expiresIn: 1 });
  }
  @OnError() instead({ error }: Failure<this>): string {
    return error instanceof Error ? error.name : 'no error';
  }
  @Step() after({ input }: Ctx<this, string>) {
    return input;
  }
}

export class StopsAsking extends Pipeline<object> {
  static readonly pipeline = { name: 'conformance-stops-asking' };
  @Step({ to: ['halt', 'ask'] }) begin() {}
  @Step() halt() {
    return stop();
  }
  @Step({ to: 'after' }) async ask() {
    await pause(60);
    return suspend<string>('is anybody there?');
  }
  @Step() after() {}
}
