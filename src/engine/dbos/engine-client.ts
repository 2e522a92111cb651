import { DBOSClient, Error as DbosErrors } from '@dbos-inc/dbos-sdk';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { AnyPipeline } from '../../../decorators/context.js';
import { MisuseError } from '../../errors/misuse-error.js';
import { Run } from '../../run/run.js';
import { toPlain } from '../../state/plain.js';
import { RemoteRun, type RemoteFacts } from '../durable/remote-run.js';
import { giveAnswers } from '../postgres/give-answers.js';
import { listRuns } from '../postgres/list-runs.js';
import { openPool } from '../postgres/open-pool.js';
import { PgTokenBus } from '../postgres/pg-token-bus.js';
import type { Enqueue } from '../postgres/enqueue.js';
import { RunDesk, type NewRun } from '../postgres/run-desk.js';
import type { RunRow } from '../postgres/run-row.js';
import { cancelLive, cancelRun, type ClientParts } from './cancel-run.js';
import { checkAttach, checkResume, checkStart } from './check-calls.js';
import { checkConnect, type ConnectOptions } from './connect-options.js';
import { endOfTurn } from './end-of-turn.js';
import { enqueueTurn } from './enqueue-turn.js';
import { holderOf } from './holder-of.js';
import { KnownPlans, noSuchPipeline } from './known-plans.js';
import { APPLICATION } from './names.js';
import { openDatabase } from './open-database.js';
import { nameOf, type PipelineReference } from './pipeline-reference.js';
import { checkPrune, prune, type PruneOptions } from './prune.js';
import { reasonOf } from './reason-of.js';
import { toRunInfo, type RunInfo, type RunPage } from './run-info.js';
import { toCursor, toFilter, toLimit, type RunQuery } from './run-query.js';
import { SILENT_LOGGER } from './silent-logger.js';
import type { StartOptions, StartWith } from './start-options.js';
import { strandedRuns, type StrandedRun } from './stranded-runs.js';

/** What `resume` gives anew to the next segment. */
export type ResumeWith = Pick<StartOptions, 'context' | 'timeout' | 'throwOnFailure'>;

const ignore = (): void => undefined;

/** Starts runs on the workers of a database, follows and ends them; from any process, which need not have their classes. */
export class EngineClient {
  readonly #pool: pg.Pool;
  readonly #dbos: DBOSClient;
  readonly #bus: PgTokenBus;
  readonly #desk: RunDesk;
  readonly #plans: KnownPlans;
  readonly #onError: (error: unknown) => void;
  readonly #runs = new Set<RemoteRun>();
  #closed: Promise<void> | undefined;
  #pruning: Promise<unknown> = Promise.resolve();

  private constructor(pool: pg.Pool, dbos: DBOSClient, onError: (error: unknown) => void) {
    this.#pool = pool;
    this.#dbos = dbos;
    this.#onError = onError;
    this.#bus = new PgTokenBus({ pool, onError });
    this.#desk = new RunDesk(pool, onError);
    this.#plans = new KnownPlans(pool);
  }

  /** Resolves when the database is there, with its tables; rejects soon with what is wrong with it. */
  static async connect(options: ConnectOptions): Promise<EngineClient> {
    checkConnect(options);
    const { databaseUrl, onError = ignore } = options;
    const pool = openPool(databaseUrl);
    try {
      await openDatabase('connect()', databaseUrl, pool);
      const dbos = await DBOSClient.create({
        systemDatabaseUrl: databaseUrl,
        systemDatabasePool: pool,
        applicationName: APPLICATION,
        logger: SILENT_LOGGER,
      });
      return new EngineClient(pool, dbos, onError);
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  /**
   * Starts a run on the workers and returns its handle, which is that of a run in process; leaving the last loop over it
   * cancels the run. Where the class is not at hand its name will do. Throws for a class that can't run, a state or a
   * context that is not plain data, and a pipeline that no worker has had, by name or by plan.
   */
  start<P extends AnyPipeline>(
    pipeline: PipelineReference<P>,
    state: P['~types']['state'],
    ...[options]: StartWith<P['~types']['context']>
  ): Promise<Run<P>>;
  start(pipeline: string, state: object, options?: StartOptions): Promise<Run>;
  async start(
    pipeline: PipelineReference<AnyPipeline> | string,
    state: object,
    options: StartOptions = {},
  ): Promise<Run> {
    const known = nameOf(pipeline);
    checkStart(known.name, state, options);
    const { id: runId = randomUUID(), timeout, priority, partition, context, delay, deduplicationId } = options;
    const fingerprint = await this.#plans.fingerprintFor(known);
    const order = { runId, pipeline: known.name, fingerprint, timeout, priority, partition };
    const plain = { state: toPlain(state, 'state'), context: toPlain(context, 'context') };
    const enqueue = enqueueTurn(this.#dbos, {
      ...(delay !== undefined && { delaySeconds: delay / 1000 }),
      ...(deduplicationId !== undefined && { deduplicationID: deduplicationId }),
    });
    const row = await this.#create({ ...order, ...plain }, enqueue);
    return this.#follow(row, { after: 0, turn: 1, leave: 'cancel', ...throwing(options) });
  }

  /** The handle of a run: its events behind `after`, to the end of its present segment. Leaving it leaves the run alone. */
  async attach(
    runId: string,
    options: { readonly after?: number; readonly throwOnFailure?: boolean } = {},
  ): Promise<Run> {
    checkAttach(options);
    const row = await this.#row(runId);
    const { after = 0 } = options;
    const endsBehind = Number(row.from_seq ?? (row.status === 'queued' ? row.end_seq : 0) ?? 0);
    return this.#follow(row, { after, endsBehind, turn: row.turn, leave: 'detach', ...throwing(options) });
  }

  /**
   * Answers to what a run waits for, by step key, and returns the handle of its next segment. Each suspension is answered
   * once: whoever comes second gets an `AlreadyResumedError` with the first answer.
   */
  async resume(runId: string, answers: Readonly<Record<string, unknown>>, options: ResumeWith = {}): Promise<Run> {
    checkResume(answers, options);
    const { context, timeout } = options;
    const plain = toPlain(context, 'context');
    const before = await this.#row(runId);
    const given = {
      ...{ runId, timeout, answers: toPlain(answers, 'answers') },
      ...(plain !== undefined && { context: JSON.stringify(plain) }),
    };
    const row = await giveAnswers(this.#pool, given, enqueueTurn(this.#dbos));
    const after = Number(before.end_seq ?? 0);
    return this.#follow(row, { after, turn: row.turn, leave: 'cancel', ...throwing(options) });
  }

  /**
   * Ends a run; resolves, when that is recorded, to whether it had not ended. A worker's steps have two seconds at most; a
   * run that waits for an answer ends at once.
   */
  cancel(runId: string, reason = 'it was cancelled'): Promise<boolean> {
    return cancelRun(this.#parts, runId, reason);
  }

  /** What is known of a run; undefined if there is none. */
  async get(runId: string): Promise<RunInfo | undefined> {
    const row = await this.#desk.get(runId);
    return row && toRunInfo(row);
  }

  /** Runs by status, pipeline and time, a page at a time, the newest first. Quick, however many there are. */
  async list(query: RunQuery = {}): Promise<RunPage> {
    const { rows, next } = await listRuns(this.#pool, toFilter(query));
    return { runs: rows.map(toRunInfo), ...(next && { next: toCursor(next) }) };
  }

  /** The runs that no live worker can take, with why; the oldest first, 100 by default. */
  async stranded({ limit }: { readonly limit?: number } = {}): Promise<readonly StrandedRun[]> {
    return strandedRuns(this.#pool, toLimit('stranded', limit));
  }

  /**
   * Deletes the runs that ended so long ago, with their events, answers and recorded steps, some at a time; resolves to how
   * many. One that is queued, runs or waits for an answer stays, however old it is.
   */
  async prune(options: PruneOptions): Promise<number> {
    checkPrune(options);
    const work = (): Promise<number> => prune(this.#parts, options);
    // One after the other: each takes two connections at a time.
    const pruning = this.#pruning.then(work, work);
    this.#pruning = pruning.catch(ignore);
    return pruning;
  }

  /** Looks on no longer; the runs go on. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    for (const run of this.#runs) run.close();
    try {
      await this.#bus.close();
      await this.#dbos.destroy();
    } finally {
      await this.#pool.end();
    }
  }

  get #parts(): ClientParts {
    return { pool: this.#pool, dbos: this.#dbos, desk: this.#desk };
  }

  /** The run, or the one that is there already in its place. */
  async #create(run: NewRun, enqueue: Enqueue): Promise<RunRow> {
    for (;;) {
      try {
        return (await this.#desk.create(run, enqueue)).row;
      } catch (error) {
        // The first worker of a database makes DBOS's tables.
        if ((error as { readonly code?: unknown }).code === UNDEFINED_TABLE)
          throw noSuchPipeline(run.pipeline, 'Start a worker first: there was never one on this database.');
        if (!(error instanceof DbosErrors.DBOSQueueDuplicatedError)) throw error;
        const first = await holderOf(this.#pool, error);
        // If that has ended meanwhile, its place is free.
        if (first !== undefined) return first;
      }
    }
  }

  async #row(runId: string): Promise<RunRow> {
    const row = await this.#desk.get(runId);
    if (row !== undefined) return row;
    throw new MisuseError({
      code: 'NO_SUCH_RUN',
      message: `There is no run ${runId} in this database.`,
      remedy: 'Look at the id, and at the databaseUrl.',
    });
  }

  #follow(
    { run_id: id, pipeline }: RunRow,
    {
      turn,
      ...facts
    }: Pick<RemoteFacts, 'after' | 'endsBehind' | 'leave' | 'throwOnFailure'> & { readonly turn: number },
  ): Run {
    const remote: RemoteRun = new RemoteRun({
      ...{ id, pipeline, bus: this.#bus, onError: this.#onError },
      ...facts,
      endOf: () => endOfTurn(this.#parts, id, turn),
      cancel: (reason) => cancelLive(this.#parts, id, turn, reasonOf(reason)),
    });
    this.#runs.add(remote);
    remote.onClose = () => this.#runs.delete(remote);
    return new Run(remote);
  }
}

const UNDEFINED_TABLE = '42P01';

const throwing = ({ throwOnFailure }: { readonly throwOnFailure?: boolean }): object =>
  throwOnFailure === undefined ? {} : { throwOnFailure };
