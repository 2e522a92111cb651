import type { AnyPipeline } from '../../../decorators/context.js';
import type { SegmentControl } from '../../../src/engine/durable/execute-segment.js';
import { executeItem } from '../../../src/engine/durable/items/execute-item.js';
import { itemRunId, type ItemOrder } from '../../../src/engine/durable/items/item-order.js';
import type { ItemElsewhere, ItemRunner } from '../../../src/engine/durable/items/item-runner.js';
import type { MemoryTokenBus } from '../../../src/engine/durable/memory-token-bus.js';
import { RemoteRun } from '../../../src/engine/durable/remote-run.js';
import type { StoredEnd } from '../../../src/engine/durable/stored-end.js';
import { Run } from '../../../src/run/run.js';

interface Item {
  readonly end: Promise<StoredEnd>;
  readonly cancel: (reason: unknown) => void;
}

/** Executes items as a worker would, each in an instance of its own, whoever asks for them and how often. */
export class ItemsInMemory implements ItemRunner {
  /** The keys of those that were executed, in order. */
  readonly executed: string[] = [];
  readonly #bus: MemoryTokenBus;
  readonly #create: () => AnyPipeline;
  readonly #context: unknown;
  readonly #items = new Map<string, Item>();

  constructor(bus: MemoryTokenBus, create: () => AnyPipeline, context?: unknown) {
    this.#bus = bus;
    this.#create = create;
    this.#context = context;
  }

  start(order: ItemOrder): Promise<ItemElsewhere> {
    const id = itemRunId(order);
    let item = this.#items.get(id);
    if (item === undefined) this.#items.set(id, (item = this.#execute(id, asJson(order))));
    const { end, cancel } = item;
    const remote = new RemoteRun({
      ...{ id, pipeline: 'item', after: 0, bus: this.#bus, leave: 'detach', throwOnFailure: false },
      endOf: () => end,
      cancel: async (reason) => cancel(reason),
      onError: (error) => {
        throw error;
      },
    });
    const run = new Run<never>(remote);
    return Promise.resolve({
      events: run.events({ leave: 'detach' }),
      end: () => end,
      cancel: (reason) => {
        cancel(reason);
        return Promise.resolve(true);
      },
      leave: () => remote.close(),
    });
  }

  #execute(id: string, order: ItemOrder): Item {
    this.executed.push(order.key);
    let control: SegmentControl | undefined;
    let cancelled: { readonly reason: unknown } | undefined;
    const execute = async (): Promise<StoredEnd> => {
      const writer = await this.#bus.take(id);
      const end = await executeItem({
        ...{ pipeline: this.#create(), order, context: this.#context, writer },
        keepEnd: () => Promise.resolve(),
        onRun: (given) => {
          control = given;
          if (cancelled) void control.cancel(cancelled.reason);
        },
      });
      return asJson(end);
    };
    const cancel = (reason: unknown): void => {
      cancelled = { reason };
      void control?.cancel(reason);
    };
    return { end: execute(), cancel };
  }
}

const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
