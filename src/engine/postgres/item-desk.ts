import type pg from 'pg';
import { idInUse } from '../../executor/id-in-use.js';
import { itemRunId, type ItemOrder, type ItemsShare } from '../durable/items/item-order.js';
import type { Enqueue } from './enqueue.js';
import { inTransaction } from './in-transaction.js';
import { CANCEL_CHANNEL } from './run-desk.js';
import type { RunRow } from './run-row.js';
import { whileUnreachable } from './while-unreachable.js';

/** An item as the table of runs has it. */
type StoredOrder = Omit<ItemOrder, 'share'> & { readonly share: string };

/** The items of distributed eaches, each a run of its own in the table of runs. */
export class ItemDesk {
  readonly #pool: pg.Pool;
  readonly #onError: (error: unknown) => void;

  /** `onError` is told of a database that can't be reached; what has to be written is tried again. */
  constructor(pool: pg.Pool, onError: (error: unknown) => void = () => undefined) {
    this.#pool = pool;
    this.#onError = onError;
  }

  /** Keeps an item and has it executed; one that there is already is left as it is. */
  create(order: ItemOrder, enqueue: Enqueue): Promise<void> {
    const { share, ...own } = order;
    const stored: StoredOrder = { ...own, share: share.key };
    const create = (): Promise<void> =>
      inTransaction(this.#pool, async (client) => {
        await client.query(
          'INSERT INTO stepstream.shares (run_id, key, share) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
          [order.runId, share.key, JSON.stringify(share)],
        );
        const { rows } = await client.query<RunRow>(
          `INSERT INTO stepstream.runs (run_id, pipeline, fingerprint, state, context, priority, item_of)
          SELECT $2, pipeline, fingerprint, $3, context, priority, run_id FROM stepstream.runs WHERE run_id = $1
          ON CONFLICT (run_id) DO NOTHING RETURNING *`,
          [order.runId, itemRunId(order), JSON.stringify(stored)],
        );
        if (rows.length > 0) return enqueue(client, rows[0], rows[0].fingerprint);
        await checkOwn(client, order);
      });
    return whileUnreachable(create, this.#onError);
  }

  /** What the item needs that this row is of. */
  async orderOf({ state }: Pick<RunRow, 'state'>): Promise<ItemOrder> {
    const { share: key, ...own } = JSON.parse(state) as StoredOrder;
    const ask = (): Promise<pg.QueryResult<{ share: string }>> =>
      this.#pool.query('SELECT share FROM stepstream.shares WHERE run_id = $1 AND key = $2', [own.runId, key]);
    const { rows } = await whileUnreachable(ask, this.#onError);
    return { ...own, share: JSON.parse(rows[0].share) as ItemsShare };
  }

  /** Asks for the end of an item; resolves, when that is recorded, to whether it has begun: if not it never will. */
  cancel(itemId: string, reason: string): Promise<boolean> {
    return this.#end('run_id', itemId, reason);
  }

  /** Asks all items of a run that have not ended to end: nobody waits for them any more. */
  async endAll(runId: string): Promise<void> {
    await this.#end('item_of', runId, 'its run has ended');
  }

  #end(column: 'run_id' | 'item_of', id: string, reason: string): Promise<boolean> {
    const end = async (): Promise<boolean> => {
      const { rows } = await this.#pool.query<{ begun: boolean }>(
        `WITH live AS (
          SELECT run_id, status FROM stepstream.runs
          WHERE ${column} = $1 AND item_of IS NOT NULL AND status IN ('queued', 'running') FOR UPDATE
        ), asked AS (
          UPDATE stepstream.runs r SET cancel_reason = coalesce(cancel_reason, $2),
            status = CASE r.status WHEN 'queued' THEN 'cancelled' ELSE r.status END,
            ended_at = CASE r.status WHEN 'queued' THEN clock_timestamp() END
          FROM live WHERE r.run_id = live.run_id RETURNING r.run_id, live.status
        )
        SELECT status = 'running' AS begun, CASE status WHEN 'running' THEN pg_notify($3, run_id) END FROM asked`,
        [id, reason, CANCEL_CHANNEL],
      );
      if (rows.length > 0) return rows.some(({ begun }) => begun);
      // Ended, or asked to end before it began, by an execution that has died since.
      const { rowCount } = await this.#pool.query('SELECT FROM stepstream.ends WHERE run_id = $1', [id]);
      return rowCount !== 0;
    };
    return whileUnreachable(end, this.#onError);
  }
}

/** Somebody may have chosen the id of an item as that of a run. */
async function checkOwn(client: pg.ClientBase, order: ItemOrder): Promise<void> {
  const id = itemRunId(order);
  const { rowCount } = await client.query('SELECT FROM stepstream.runs WHERE run_id = $1 AND item_of = $2', [
    id,
    order.runId,
  ]);
  if (rowCount === 0) throw idInUse(order.share.step, id);
}
