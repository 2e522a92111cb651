import { describe, expect, it } from 'vitest';
import { executeItem } from '../../src/engine/durable/items/execute-item.js';
import type { ItemOrder } from '../../src/engine/durable/items/item-order.js';
import { MemoryTokenBus } from '../../src/engine/durable/memory-token-bus.js';
import { ForEach, OnShutdown, Pipeline, Step, type Each } from '../../src/index.js';
import { gate } from '../support/gate.js';

class Choir extends Pipeline<object> {
  readonly said = gate();
  readonly gone: string[] = [];

  @Step({ to: 'sing' }) gather() {
    return ['Ann'];
  }
  @ForEach({ distributed: true }) async *sing({ item, signal }: Each<this, string>) {
    yield `${item} sings`;
    this.said.open();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
  @OnShutdown({ per: 'run' }) leave() {
    this.gone.push('run');
  }
  @OnShutdown() end() {
    this.gone.push('instance');
  }
}

const ORDER: ItemOrder = {
  ...{ runId: 'run', key: 'sing[0]', index: 0, item: { value: 'Ann' } },
  share: {
    ...{ key: 'sing', fields: [], step: 'sing', visit: 1, base: {} },
    ...{ input: { value: ['Ann'] }, outputs: [['gather', { value: ['Ann'] }]] },
  },
};

describe('an item that runs by itself', () => {
  it('leaves its instance when another execution has taken it, however much it has told', async () => {
    const bus = new MemoryTokenBus();
    const pipeline = new Choir();
    await pipeline.open();
    const writer = await bus.take('run/sing[0]');
    const execution = executeItem({ pipeline, order: ORDER, writer, keepEnd: () => Promise.resolve() });
    const refused = expect(execution).rejects.toMatchObject({ code: 'RUN_TAKEN' });
    await pipeline.said.promise;
    await bus.take('run/sing[0]');
    await refused;
    await pipeline.close();
    expect(pipeline.gone).toEqual(['run', 'instance']);
  });
});
