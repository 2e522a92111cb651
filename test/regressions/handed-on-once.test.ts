import { call, Pipeline, Step, SubPipeline, type Ctx } from 'stepstream';
import { expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';

class Child extends Pipeline<{ n: number }> {
  @Step()
  work() {}
}

/** The step that wins stands before the one that calls, so that both stand in one report. */
class Racing extends Pipeline<{ n: number }> {
  child = new Child();
  @Step({ to: ['quick', 'inner'] })
  start() {}
  @Step({ to: 'first' })
  quick() {}
  @SubPipeline(() => Child, { to: 'first' })
  inner(_: Ctx<this>) {
    return call(this.child, { n: 1 });
  }
  @Step({ join: 'any' })
  first() {}
}

it('a sub-pipeline step that loses in the report in which it calls ends once, and the run succeeds', async () => {
  const run = new Racing().run({ n: 0 });
  const events = await eventsOf(run);
  const { status, ledger } = await run.result;
  expect({ status, inner: ledger.inner.status, first: ledger.first.status }).toEqual({
    status: 'success',
    inner: 'lost',
    first: 'done',
  });
  expect(events.filter((event) => event.type === 'step-cancel')).toHaveLength(1);
  expect(events.some((event) => 'step' in event && event.step === 'work')).toBe(false);
});
