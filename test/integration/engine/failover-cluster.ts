import { DBOSClient } from '@dbos-inc/dbos-sdk';
import { Pool } from 'pg';
import { vi } from 'vitest';
import type { PostgresServer } from './start-postgres.js';
import { startWorkerProcess, type WorkerProcess, type WorkerSettings } from './start-worker-process.js';

/** How often a body has run. */
export interface Effect {
  readonly step: number;
  readonly worker: string;
}

/** A run as DBOS has it. */
export interface RunRow {
  readonly status: string;
  readonly executor: string;
  readonly attempts: number;
}

/** A fresh database, the workers on it, and what is to be seen of their runs. */
export class FailoverCluster implements AsyncDisposable {
  readonly url: string;
  readonly pool: Pool;
  readonly workers: WorkerProcess[] = [];
  readonly #client: DBOSClient;

  private constructor(url: string, pool: Pool, client: DBOSClient) {
    this.url = url;
    this.pool = pool;
    this.#client = client;
  }

  static async create(postgres: PostgresServer): Promise<FailoverCluster> {
    const url = await postgres.createTables();
    const pool = new Pool({ connectionString: url, max: 4 });
    pool.on('error', () => undefined); // the server may be restarted
    await pool.query('CREATE TABLE effects (time text PRIMARY KEY, run text, step int, worker text)');
    const logger = { info() {}, debug() {}, warn() {}, error() {} };
    return new FailoverCluster(
      url,
      pool,
      await DBOSClient.create({ systemDatabaseUrl: url, logger, systemDatabaseIdleTransactionTimeoutMs: 0 }),
    );
  }

  /** Starts a worker with short intervals. */
  async start(id: string, settings: Partial<WorkerSettings> = {}): Promise<WorkerProcess> {
    const short = { queues: ['work'], heartbeatMs: 200, intervalMs: 200, settleMs: 1500 };
    const worker = await startWorkerProcess({ url: this.url, id, ...short, ...settings });
    this.workers.push(worker);
    return worker;
  }

  async enqueue(
    workflowID: string,
    workflowName: 'slow' | 'deadly',
    args: unknown[],
    queueName = 'work',
  ): Promise<void> {
    await this.#client.enqueue({ queueName, workflowName, workflowClassName: 'Test', workflowID }, ...args);
  }

  async run(id: string): Promise<RunRow | undefined> {
    const { rows } = await this.pool.query<RunRow>(
      `SELECT status, executor_id AS executor, recovery_attempts::int AS attempts
      FROM dbos.workflow_status WHERE workflow_uuid = $1`,
      [id],
    );
    return rows[0];
  }

  /** Resolves when the run has ended, with its row. */
  async ended(id: string, timeout = 20_000): Promise<RunRow> {
    return vi.waitUntil(
      async (): Promise<RunRow | false> => {
        const run = await this.run(id);
        return run !== undefined && !['ENQUEUED', 'PENDING'].includes(run.status) && run;
      },
      { timeout, interval: 20 },
    );
  }

  /** What a run came to. */
  async result(id: string): Promise<unknown> {
    return this.#client.retrieveWorkflow(id).getResult({ pollingIntervalMs: 20 });
  }

  /** The steps of which DBOS has recorded the outcome. */
  async recorded(id: string): Promise<number[]> {
    const { rows } = await this.pool.query<{ step: number }>(
      'SELECT function_id::int AS step FROM dbos.operation_outputs WHERE workflow_uuid = $1 ORDER BY function_id',
      [id],
    );
    return rows.map(({ step }) => step);
  }

  /** What the bodies of a run's steps have done, in order of the steps. */
  async effects(id: string): Promise<Effect[]> {
    const { rows } = await this.pool.query<Effect>('SELECT step, worker FROM effects WHERE run = $1 ORDER BY step', [
      id,
    ]);
    return rows;
  }

  /** Resolves when a worker has begun a step of a run. */
  async begun(id: string, step: number, worker?: string): Promise<void> {
    await vi.waitUntil(
      async () => (await this.effects(id)).some((one) => one.step === step && (!worker || one.worker === worker)),
      { timeout: 20_000, interval: 10 },
    );
  }

  /** Who is listed as a worker. */
  async listed(): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      'SELECT executor_id AS id FROM stepstream.workers ORDER BY executor_id',
    );
    return rows.map(({ id }) => id);
  }

  /** All that the workers said they recovered. */
  get recoveries(): { readonly by: string; readonly of: string; readonly runs: number }[] {
    return this.workers.flatMap(({ id, said }) =>
      said
        .filter(({ what }) => what === 'recovered')
        .map(({ executorId, runs }) => ({ by: id, of: executorId!, runs: runs! })),
    );
  }

  get errors(): string[] {
    return this.workers.flatMap(({ said }) => said.filter(({ what }) => what === 'error').map(({ error }) => error!));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await this.#client.destroy();
    await this.pool.end();
  }
}
