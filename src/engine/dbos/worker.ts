import { DBOS } from '@dbos-inc/dbos-sdk';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { hostOf } from '../../executor/host-of.js';
import type { PgTokenBus } from '../postgres/pg-token-bus.js';
import type { Reaper } from './failover/reaper.js';
import type { WorkerPresence } from './failover/worker-presence.js';
import { leaveRoom } from './register-workflows.js';
import type { TurnRoom } from './turn-room.js';
import type { KnownSchedule } from './schedule.js';
import type { ServedPipeline } from './served-pipeline.js';

/** How many milliseconds runs that are given up have to end. */
const GOODBYE = 2_500;

/** What a worker lets go of when it is closed; what it has not yet is absent. */
export interface WorkerParts {
  readonly id: string;
  readonly pool: pg.Pool;
  /** For the signs of life alone. */
  readonly signsPool: pg.Pool;
  /** DBOS's own, so that neither has to wait for the other. */
  readonly dbosPool: pg.Pool;
  readonly served: readonly ServedPipeline[];
  readonly schedules: readonly KnownSchedule[];
  readonly bus: PgTokenBus;
  room?: TurnRoom;
  presence?: WorkerPresence;
  launched?: boolean;
  reaper?: Reaper;
  stopListening?: () => void;
}

/** Executes the runs of some pipelines, until it is closed. */
export class Worker {
  readonly #parts: WorkerParts;
  #closed: Promise<void> | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** Of this process, and of no other, before or after. */
  get id(): string {
    return this.#parts.id;
  }

  /** The ids of the runs that it executes now. */
  get runs(): readonly string[] {
    return this.#parts.room?.live.ids ?? [];
  }

  /**
   * Takes no more runs, waits `drain` milliseconds (10,000 by default) for those that it has, and leaves the rest to the
   * other workers, which go on with them at once.
   */
  close({ drain = 10_000 }: { readonly drain?: number } = {}): Promise<void> {
    return (this.#closed ??= this.#close(drain));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(drain: number): Promise<void> {
    const { pool, signsPool, dbosPool, served, bus, room, presence, reaper } = this.#parts;
    await reaper?.stop();
    this.#parts.stopListening?.();
    // What has not ended then ends without a word, while DBOS is still there to be asked.
    const timer = setTimeout(() => void room?.live.giveUp(), drain);
    if (this.#parts.launched) await DBOS.shutdown({ workflowCompletionTimeoutMS: drain + GOODBYE });
    clearTimeout(timer);
    await Promise.race([room?.live.giveUp(), sleep(GOODBYE)]);
    await presence?.close();
    await bus.close();
    await room?.dbos.destroy();
    for (const { pipeline } of served) await hostOf(pipeline).close();
    await Promise.all([pool.end(), signsPool.end(), dbosPool.end()]);
    if (room !== undefined) leaveRoom(room);
  }
}
