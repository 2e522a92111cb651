import {
  BlueprintError,
  call,
  OnShutdown,
  OnStartup,
  Pipeline,
  planOf,
  skip,
  Step,
  stop,
  Streaming,
  SubPipeline,
  toMermaid,
  type Call,
  type Ctx,
} from 'stepstream';
import { testRun } from 'stepstream/testing';
import 'stepstream/testing/vitest';
import { beforeEach, expect, it } from 'vitest';
import { buildPipeline } from '../support/build-class.js';
import { eventsOf, shortly } from '../support/events-of.js';
import { becameOf } from './became-of.js';

beforeEach(() => expect.hasAssertions());

interface Topic {
  topic: string;
  fails?: boolean;
  note?: string;
}

class Researcher extends Pipeline<Topic> {
  readonly trail: string[] = [];
  @OnStartup() up(): void {
    this.trail.push('up');
  }
  @Step({ to: 'read' }) search({ state, usage }: Ctx<this>): void {
    if (state.fails) throw new Error('nothing found');
    usage({ input: 2, output: 3 });
    state.note = `about ${state.topic}`;
  }
  @Streaming() async *read({ state }: Ctx<this>): AsyncGenerator<string> {
    yield `(${state.note})`;
  }
  @OnShutdown() down(): void {
    this.trail.push('down');
  }
}

class Bot extends Pipeline<Topic> {
  readonly researcher = new Researcher();
  @Step({ to: 'research' }) begin({ state, usage }: Ctx<this>): void {
    state.note = 'begun';
    usage({ input: 1, output: 1 });
  }
  @SubPipeline(() => Researcher, { to: 'after' }) research({ state }: Ctx<this>) {
    return call(this.researcher, { topic: state.topic, fails: state.fails });
  }
  @Step() after({ state, input, usage }: Ctx<this, Topic>): void {
    usage({ input: 4, output: 5 });
    state.note += `, then ${input.note}`;
  }
}

it('B108 the events of a child are told with its path, and the next step runs after it', async () => {
  const bot = new Bot();
  const { events } = await testRun(bot, { topic: 'tea' });
  const told = events.flatMap((event) =>
    'path' in event && event.type.startsWith('step-')
      ? [`${event.type.slice(5)} ${[...event.path, event.step].join('/')} of ${event.pipeline}`]
      : [],
  );
  expect(told.slice(2, 8)).toEqual([
    'start research of Bot',
    'start research/search of Researcher',
    'end research/search of Researcher',
    'start research/read of Researcher',
    'end research/read of Researcher',
    'end research of Bot',
  ]);
  expect(told[8]).toBe('start after of Bot');
  expect(bot.researcher.trail).toEqual(['up', 'down']);
});

it('B109 a child that fails fails its step, and what follows that does not run', async () => {
  const { result } = await testRun(new Bot(), { topic: 'tea', fails: true });
  expect(becameOf(result)).toEqual({ begin: 'done', research: 'failed', after: 'ended' });
  expect(result.error!.message).toContain('nothing found');
});

it('B110 run-start and run-end are those of the root alone', async () => {
  const events = await eventsOf(new Bot().run({ topic: 'tea' }));
  const runs = events.filter(({ type }) => type === 'run-start' || type === 'run-end');
  expect(runs).toEqual([events[0], events.at(-1)]);
  expect(runs.map(({ pipeline }) => pipeline)).toEqual(['Bot', 'Bot']);
});

it('B111 what a parent writes and uses after a child counts, and the child shares no state with it', async () => {
  const { result } = await testRun(new Bot(), { topic: 'tea' });
  expect(result.state.note).toBe('begun, then about tea');
  expect(result.outputs.research).toEqual({ topic: 'tea', note: 'about tea' });
  expect(result.usage).toMatchObject({ input: 7, output: 9 });
});

it('B113 a sub-pipeline step that skips or stops runs no child, and a text is no state for one', async () => {
  const returning = async (value: unknown): Promise<unknown[]> => {
    class Odd extends Bot {
      @SubPipeline(() => Researcher, { to: 'after' }) override research() {
        return value as Call<Researcher>;
      }
    }
    const { result, events } = await testRun(new Odd(), { topic: 'tea' });
    const { research, after } = becameOf(result);
    return [result.status, research, after, shortly(events).includes('step-start search')];
  };
  expect(await returning(skip())).toEqual(['success', 'skipped', 'dead', false]);
  expect(await returning(stop())).toEqual(['success', 'done', 'stopped', false]);
  expect(await returning('after')).toEqual(['failed', 'failed', 'ended', false]);
});

it('B114 the mistakes of a child are those of its parent, and a class that calls itself can be drawn', async () => {
  const Broken = buildPipeline({ name: 'Broken', steps: [{ name: 'a', to: 'nowhere' }] });
  const steps = [{ name: 'child', kind: 'sub' as const, options: { of: () => Broken } }];
  const Parent = buildPipeline({ name: 'Parent', steps });
  expect(() => planOf(Parent as never)).toThrow(BlueprintError);
  expect(() => planOf(Parent as never)).toThrow('nowhere');
  class Endless extends Pipeline<object> {
    readonly self: Pipeline<object> = this;
    @SubPipeline((): new () => Pipeline<object> => Endless) again() {
      return call(this.self, {});
    }
  }
  expect(toMermaid(Endless)).toContain('Again');
  expect(await testRun(new Endless(), {})).toHaveFailedWith('RECURSION_TOO_DEEP');
});
