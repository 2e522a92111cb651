import { call, ForEach, Pipeline, Step, SubPipeline, suspend, type Each } from 'stepstream';
import { testRun } from 'stepstream/testing';
import { expect, it } from 'vitest';
import { findDishonesty } from '../../src/run/find-dishonesty.js';

class Items extends Pipeline<object> {
  static readonly pipeline = { name: 'items' };
  @Step({ to: 'work' }) load() {
    return ['a', 'b'];
  }
  @ForEach() work({ item }: Each<this, string>) {
    return item === 'b' ? suspend<string>('which?') : item;
  }
}

class Parent extends Pipeline<object> {
  static readonly pipeline = { name: 'parent' };
  readonly items = new Items();
  @SubPipeline(() => Items) inside() {
    return call(this.items, {});
  }
}

it('an each, and a sub-pipeline, in which something waits for an answer goes on in the next segment', async () => {
  for (const [pipeline, key] of [[new Items(), 'work[1]'] as const, [new Parent(), 'inside/work[1]'] as const]) {
    const suspended = await testRun(pipeline, {});
    expect(suspended.result.status).toBe('suspended');
    expect(findDishonesty(suspended.events, suspended.text)).toEqual([]);
    const answered = await testRun(pipeline, {}, { answers: { [key]: 'x' } as never });
    expect(answered.result.status).toBe('success');
    expect(findDishonesty(answered.events, answered.text)).toEqual([]);
  }
});

it('a step that is open when its run is suspended, and in which nothing waits, is told', async () => {
  const { events } = await testRun(new Items(), {});
  const without = events.filter((event) => !('index' in event && event.index === 1 && event.type !== 'step-start'));
  const renumbered = without.map((event, place) => ({ ...event, seq: place + 1 }));
  const problems = findDishonesty(renumbered);
  expect(problems.some((problem) => problem.startsWith('work[1] has not ended'))).toBe(true);
  expect(problems.some((problem) => problem.startsWith('work has not ended'))).toBe(true);
});
