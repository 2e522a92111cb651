import { call, ForEach, Pipeline, Step, SubPipeline, type Each } from 'stepstream';
import { testRun } from 'stepstream/testing';
import { describe, expect, test } from 'vitest';

class Page extends Pipeline<{ n: number }> {
  @Step({ to: 'clean' })
  async load(): Promise<void> {}
  @Step()
  clean(): void {}
}

class Pages extends Pipeline<object> {
  readonly page = new Page();
  @Step({ to: 'read' })
  list(): number[] {
    return [1, 2, 3];
  }
  @SubPipeline(() => Page, { each: true, concurrency: 2, to: 'total' })
  read({ item }: Each<this, number>) {
    return call(this.page, { n: item });
  }
  @Step()
  total(): void {}
}

class Numbers extends Pipeline<object> {
  @Step({ to: 'double' })
  list(): number[] {
    return [1, 2, 3];
  }
  @ForEach({ to: 'total' })
  double({ item }: Each<this, number>): number {
    return 2 * item;
  }
  @Step()
  total(): void {}
}

class AroundPages extends Pipeline<object> {
  readonly child = new Pages();
  @SubPipeline(() => Pages, { to: 'after' })
  inner() {
    return call(this.child, {});
  }
  @Step()
  after(): void {}
}

class AroundNumbers extends Pipeline<object> {
  readonly child = new Numbers();
  @SubPipeline(() => Numbers, { to: 'after' })
  inner() {
    return call(this.child, {});
  }
  @Step()
  after(): void {}
}

// A child whose last item had ended was taken for one of which nothing moves, before its each had ended by that.
describe('an each inside a sub-pipeline', () => {
  test('of children is followed by what stands behind it', async () => {
    const run = await testRun(new AroundPages(), {});
    expect(run.result.status).toBe('success');
    expect(run.path).toEqual(['inner', 'after']);
    expect(run.events.filter(({ type }) => type === 'step-end').map((event) => 'step' in event && event.step)).toEqual([
      ...['list', 'load', 'load', 'clean', 'read', 'clean', 'read'],
      ...['load', 'clean', 'read', 'read', 'total', 'inner', 'after'],
    ]);
  });

  test('of plain items is followed by what stands behind it', async () => {
    const run = await testRun(new AroundNumbers(), {});
    expect(run.result.status).toBe('success');
    expect(run.events.filter(({ type }) => type === 'step-end').map((event) => 'step' in event && event.step)).toEqual([
      ...['list', 'double', 'double', 'double', 'double', 'total', 'inner', 'after'],
    ]);
  });
});
