import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'pg';
import { vi } from 'vitest';
import { connect, type EngineClient, type WorkerOptions, type WorkerPipeline } from '../../../src/engine/dbos/index.js';
import { buildProgram } from './build-program.js';
import type * as known from './engine-pipelines.js';
import type { PostgresServer } from './start-postgres.js';

/** A pipeline of `engine-pipelines.ts`, and how many runs of it. */
export type Served = Omit<WorkerPipeline, 'pipeline'> & { readonly of: keyof typeof known };

/** What `engine-worker.mts` is told. */
export interface EngineWorkerSettings extends Pick<WorkerOptions, 'failover' | 'maxRecoveryAttempts'> {
  readonly url: string;
  /** Under which its steps leave marks. */
  readonly name: string;
  readonly pipelines: readonly Served[];
}

/** What `engine-worker.mts` is asked. */
export type Asked = { readonly what: 'look'; readonly id: number } | { readonly what: 'close'; readonly drain: number };

/** What a step has noted. */
export interface Mark {
  readonly run: string;
  readonly what: string;
  readonly worker: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface Told {
  readonly ready?: string;
  readonly error?: string;
  readonly answer?: number;
  readonly runs?: readonly string[];
  readonly heap?: number;
}

/** A worker in a process of its own. */
export class EngineWorker {
  readonly name: string;
  /** What it has told of what went wrong beside the runs. */
  readonly errors: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #questions = 0;

  private constructor(program: string, settings: EngineWorkerSettings) {
    this.name = settings.name;
    this.#child = fork(program, [JSON.stringify(settings)], {
      execArgv: ['--expose-gc', '--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#ended = once(this.#child, 'close');
    this.#child.on('message', ({ error }: Told) => error !== undefined && this.errors.push(error));
  }

  /** Resolves when it takes runs. */
  static async start(settings: EngineWorkerSettings): Promise<EngineWorker> {
    const program = await buildProgram(new URL('engine-worker.mts', import.meta.url));
    const worker = new EngineWorker(program, settings);
    await worker.#told(({ ready }) => ready !== undefined);
    return worker;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Which runs it has, and how many bytes are in use after a collection. */
  async look(): Promise<{ readonly runs: readonly string[]; readonly heap: number }> {
    const id = ++this.#questions;
    this.#child.send({ what: 'look', id } satisfies Asked);
    return (await this.#told(({ answer }) => answer === id)) as { readonly runs: readonly string[]; heap: number };
  }

  async kill(): Promise<void> {
    if (this.alive) this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async close(drain = 0): Promise<void> {
    if (this.alive) this.#child.send({ what: 'close', drain } satisfies Asked);
    await this.#ended;
  }

  /** Resolves when its process has ended. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  #told(isIt: (told: Told) => boolean): Promise<Told> {
    return new Promise((resolve, reject) => {
      const onEnd = (): void => reject(new Error(`the worker ${this.name} has ended`));
      const onMessage = (told: Told): void => {
        if (!isIt(told)) return;
        this.#child.off('message', onMessage).off('close', onEnd);
        resolve(told);
      };
      this.#child.on('message', onMessage).once('close', onEnd);
    });
  }
}

/** A fresh database, workers on it, a client, and the marks that steps leave. */
export class EngineCluster implements AsyncDisposable {
  readonly url: string;
  readonly client: EngineClient;
  readonly pool: Pool;
  readonly workers: EngineWorker[] = [];
  #started = 0;

  private constructor(url: string, client: EngineClient, pool: Pool) {
    this.url = url;
    this.client = client;
    this.pool = pool;
  }

  static async create(postgres: PostgresServer, given?: string): Promise<EngineCluster> {
    const url = given ?? (await postgres.createTables());
    const pool = new Pool({ connectionString: url, max: 2 });
    pool.on('error', () => undefined); // the server may be restarted
    await pool.query(
      'CREATE TABLE marks (id serial PRIMARY KEY, run text, what text, worker text, at timestamptz DEFAULT clock_timestamp())',
    );
    return new EngineCluster(url, await connect({ databaseUrl: url }), pool);
  }

  /** Starts a worker with these pipelines. */
  async start(
    pipelines: readonly (keyof typeof known | Served)[],
    settings: Partial<EngineWorkerSettings> = {},
  ): Promise<EngineWorker> {
    const worker = await EngineWorker.start({
      ...{ url: this.url, name: `worker ${++this.#started}` },
      pipelines: pipelines.map((one) => (typeof one === 'string' ? { of: one } : one)),
      ...settings,
    });
    this.workers.push(worker);
    return worker;
  }

  /** What the steps have noted, in that order; of one run, or of all. */
  async marks(run?: string): Promise<Mark[]> {
    const { rows } = await this.pool.query<Omit<Mark, 'at'> & { readonly at: Date }>(
      'SELECT run, what, worker, at FROM marks WHERE $1::text IS NULL OR run = $1 ORDER BY id',
      [run],
    );
    return rows.map(({ at, ...mark }) => ({ ...mark, at: at.getTime() }));
  }

  /** Resolves, with all marks of a run, when it has left this one. */
  async marked(run: string, what: string, timeout = 20_000): Promise<Mark[]> {
    return vi.waitUntil(
      async (): Promise<Mark[] | false> => {
        const marks = await this.marks(run);
        return marks.some((one) => one.what === what) && marks;
      },
      { timeout, interval: 20 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await this.client.close();
    await this.pool.end();
  }
}
