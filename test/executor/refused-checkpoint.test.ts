import { call, ForEach, Pipeline, Step, SubPipeline, suspend, type Ctx, type Each } from 'stepstream';
import { expect, it } from 'vitest';
import { keyIn } from '../model/current-key.js';

it('what waits when a checkpoint turns out to be too large has been cancelled, and each of it says so', async () => {
  class Asks extends Pipeline<object> {
    static readonly pipeline = { name: 'asks' };
    @Step()
    ask() {
      return suspend<string>('?');
    }
  }
  class Large extends Pipeline<{ text: string }> {
    static readonly pipeline = { name: 'large' };
    readonly asks = new Asks();
    @Step({ to: ['child', 'each', 'several', 'own'] })
    start({ state }: Ctx<this>) {
      state.text = 'x'.repeat(16_000_001);
      return [1, 2];
    }
    @SubPipeline(() => Asks)
    child() {
      return call(this.asks, {});
    }
    @ForEach()
    each({ item }: Each<this, number>) {
      return suspend<string>({ item });
    }
    @SubPipeline(() => Asks, { each: true })
    several(_: Each<this, number>) {
      return call(this.asks, {});
    }
    @Step()
    own() {
      return suspend<string>('?');
    }
  }
  const run = new Large().run({ text: '' }, { throwOnFailure: false, buffer: 1_000 });
  const open = new Set<string>();
  const cancelled: string[] = [];
  for await (const event of run) {
    if (event.type === 'step-start') open.add(keyIn(event));
    if (event.type === 'step-end' || event.type === 'step-cancel') expect(open.delete(keyIn(event))).toBe(true);
    if (event.type === 'step-cancel') cancelled.push(keyIn(event));
  }
  const result = await run.result;
  expect(result).toMatchObject({ status: 'failed', error: { code: 'CHECKPOINT_TOO_LARGE' } });
  expect([...open]).toEqual([]);
  const items = { status: 'cancelled', items: { cancelled: 2 } };
  expect(result.ledger).toMatchObject({
    start: { status: 'done' },
    child: { status: 'cancelled' },
    each: items,
    several: items,
    own: { status: 'cancelled' },
  });
  expect(cancelled.sort()).toEqual([
    'child',
    'child/ask',
    'each',
    'each[0]',
    'each[1]',
    'own',
    'several',
    ...['several[0]', 'several[0]/ask', 'several[1]', 'several[1]/ask'],
  ]);
});
