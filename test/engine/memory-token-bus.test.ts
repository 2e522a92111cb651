import { MemoryTokenBus } from '../../src/engine/durable/memory-token-bus.js';
import { describeTokenBus } from './token-bus-cases.js';
import { describeLosses } from './token-bus-losses.js';
import type { OpenBus } from './token-bus-cases.js';

const open: OpenBus = async (owns) => {
  const bus = new MemoryTokenBus({ owns });
  return { one: bus, other: bus, lose: async () => bus.loseEverything(), close: () => bus.close() };
};

describeTokenBus('the bus in memory', open);
describeLosses('the bus in memory', open);
