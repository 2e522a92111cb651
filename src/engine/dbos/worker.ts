import { DBOS } from '@dbos-inc/dbos-sdk';
import type { AnyPipeline } from '../../../decorators/context.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { LONGEST_TIME } from '../../plan/longest-time.js';
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
  /** Those instances that it has opened. */
  readonly opened: AnyPipeline[];
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
    // A timer takes no more.
    return (this.#closed ??= this.#close(Math.min(drain, LONGEST_TIME - GOODBYE)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Whatever of it fails, the rest is let go of too; then it throws the first failure. */
  async #close(drain: number): Promise<void> {
    const { pool, signsPool, dbosPool, bus, room, presence, reaper, opened } = this.#parts;
    const steps: readonly (() => unknown)[] = [
      () => reaper?.stop(),
      () => this.#end(drain),
      // Until then who executes a run hears that it is to be cancelled.
      () => this.#parts.stopListening?.(),
      () => presence?.close(),
      () => bus.close(),
      () => room?.dbos.destroy(),
      ...opened.map((pipeline) => () => hostOf(pipeline).close()),
      ...[pool, signsPool, dbosPool].map((one) => () => one.end()),
      () => room && leaveRoom(room),
    ];
    const failures: unknown[] = [];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** What has not ended in time ends without a word, while DBOS is still there to be asked. */
  async #end(drain: number): Promise<void> {
    const { room, launched } = this.#parts;
    const timer = setTimeout(() => void room?.live.giveUp(), drain);
    try {
      if (launched) await DBOS.shutdown({ workflowCompletionTimeoutMS: drain + GOODBYE });
    } finally {
      clearTimeout(timer);
      await Promise.race([room?.live.giveUp(), sleep(GOODBYE)]);
    }
  }
}
