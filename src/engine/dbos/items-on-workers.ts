import type { RunEvent } from '../../run/events.js';
import { Run } from '../../run/run.js';
import { itemRunId, type ItemOrder } from '../durable/items/item-order.js';
import type { ItemElsewhere, ItemRunner } from '../durable/items/item-runner.js';
import { RemoteRun } from '../durable/remote-run.js';
import type { StoredEnd } from '../durable/stored-end.js';
import { endOfTurn } from './end-of-turn.js';
import { enqueueItem } from './enqueue-turn.js';
import { reasonOf } from './reason-of.js';
import type { TurnRoom } from './turn-room.js';

/** An item has one turn. */
const TURN = 1;

/** Has the items of one execution of a run executed by any worker of its plan, through a queue. */
export class ItemsOnWorkers implements ItemRunner {
  readonly #room: TurnRoom;
  readonly #pipeline: string;

  constructor(room: TurnRoom, pipeline: string) {
    this.#room = room;
    this.#pipeline = pipeline;
  }

  async start(order: ItemOrder): Promise<ItemElsewhere> {
    const { items, dbos } = this.#room;
    await items.create(order, enqueueItem(dbos));
    return this.#follow(itemRunId(order));
  }

  #follow(id: string): ItemElsewhere {
    const { bus, desk, dbos, items, onError } = this.#room;
    const cancel = (reason: unknown): Promise<boolean> => items.cancel(id, reasonOf(reason));
    // Known when its events have ended.
    let stored: StoredEnd | undefined;
    const remote = new RemoteRun({
      ...{ id, pipeline: this.#pipeline, after: 0, bus, onError, leave: 'detach', throwOnFailure: false },
      endOf: async () => (stored = await endOfTurn({ desk, dbos }, id, TURN)),
      cancel: async (reason) => void (await cancel(reason)),
    });
    const run = new Run<never>(remote);
    return {
      events: run.events({ leave: 'detach' }) as AsyncIterable<RunEvent>,
      end: () => Promise.resolve(stored!),
      cancel,
      leave: () => remote.close(),
    };
  }
}
