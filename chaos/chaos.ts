import pg from 'pg';
import { startPostgres, type PostgresServer } from '../test/integration/engine/start-postgres.js';
import { buildPrograms, type Programs } from './build-programs.js';
import type { ClientSettings, EndedRun } from './client.js';
import { processOf, type Program } from './process-of.js';
import { VISITS } from './visits.js';
import type { WorkerSettings } from './worker.js';

/** What is done to the runs. */
export interface ChaosOptions {
  readonly runs: number;
  /** Milliseconds after which a run that has not ended hangs. */
  readonly deadline: number;
  /** Milliseconds after which nothing more is taken away; else it goes on until the last run has ended. */
  readonly calmAfter?: number;
  readonly workers?: number;
  readonly clients?: number;
  readonly atOnce?: number;
  /** Milliseconds between two starts of a client. */
  readonly every?: number;
  readonly speed?: number;
  /** Runs that a worker has at once: so few that no worker has them all. */
  readonly concurrency?: number;
  readonly failover?: WorkerSettings['failover'];
  /** Told what happens. */
  readonly log?: (line: string) => void;
}

/** A worker that was taken away, and the runs that it had. */
export interface Loss {
  readonly pid: number;
  readonly at: number;
  readonly how: 'killed' | 'frozen' | 'suspected';
  readonly runIds: readonly string[];
}

/** A worker process, as those who disturb it know it. */
export interface ChaosWorker extends Program {
  ready: boolean;
  /** Stopped by a signal. */
  frozen: boolean;
  /** It ends as it should. */
  leaving: boolean;
}

/** So many milliseconds later, at most, a process tells us what a restart did to it. */
const RESTART = 5_000;

/** A database, its workers and its clients, and all that happens to them. */
export class Chaos {
  readonly options: ChaosOptions;
  readonly postgres: PostgresServer;
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  readonly workers = new Set<ChaosWorker>();
  readonly ended: EndedRun[] = [];
  readonly losses: Loss[] = [];
  /** When PostgreSQL crashed. */
  readonly crashes: number[] = [];
  readonly problems: string[] = [];
  readonly errors = new Map<string, number>();
  restarts = 0;
  /** When PostgreSQL was last asked to restart. */
  restartedAt = 0;
  readonly woken: { readonly pid: number; readonly at: number }[] = [];
  readonly #programs: Programs;
  readonly #clients: Program[] = [];
  #asked = 0;

  private constructor(options: ChaosOptions, programs: Programs, postgres: PostgresServer, databaseUrl: string) {
    this.options = options;
    this.#programs = programs;
    this.postgres = postgres;
    this.databaseUrl = databaseUrl;
    this.pool = new pg.Pool({ connectionString: databaseUrl, max: 3, application_name: 'chaos' });
    // It is ourselves who restart it.
    this.pool.on('error', () => undefined);
  }

  /** Resolves when the workers take runs. */
  static async begin(options: ChaosOptions): Promise<Chaos> {
    const [programs, postgres] = [await buildPrograms(), await startPostgres()];
    const chaos = new Chaos(options, programs, postgres, await postgres.createDatabase());
    await chaos.pool.query(VISITS);
    await Promise.all(Array.from({ length: options.workers ?? 3 }, () => chaos.startWorker()));
    return chaos;
  }

  log(line: string): void {
    this.options.log?.(line);
  }

  /** Resolves when it takes runs, or has ended before. */
  async startWorker(): Promise<ChaosWorker> {
    const { speed = 0.5, concurrency = 8, failover = {} } = this.options;
    const settings: WorkerSettings = { databaseUrl: this.databaseUrl, speed, concurrency, failover };
    let ready: (() => void) | undefined;
    const isReady = new Promise<void>((resolve) => (ready = resolve));
    const program = processOf(this.#programs.worker, settings, (line) => {
      if (line.what === 'error') return this.#hear(worker, String(line.error));
      worker.ready = true;
      ready!();
    });
    const worker: ChaosWorker = Object.assign(program, { ready: false, frozen: false, leaving: false });
    this.workers.add(worker);
    void worker.closed.then((how) => {
      this.workers.delete(worker);
      if (!worker.leaving) this.problems.push(`worker ${worker.pid} has ended by itself (${how}): ${worker.stderr()}`);
    });
    await Promise.race([isReady, worker.closed]);
    return worker;
  }

  /** Ends a worker at once, and starts another. */
  async kill(worker: ChaosWorker): Promise<void> {
    worker.leaving = true;
    const at = Date.now();
    worker.child.kill('SIGKILL');
    const runIds = await this.runsOf(worker.pid);
    this.losses.push({ pid: worker.pid, at, how: 'killed', runIds });
    this.log(`killed ${worker.pid}, which had ${runIds.length} runs`);
    await worker.closed;
    await this.startWorker();
  }

  /** The runs that DBOS thinks a worker has. */
  async runsOf(pid: number): Promise<readonly string[]> {
    const { rows } = await this.pool
      .query<{ id: string }>(
        `SELECT workflow_uuid AS id FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id LIKE $1`,
        [`%-${pid}-%`],
      )
      .catch(() => ({ rows: [] }));
    return rows.map(({ id }) => id);
  }

  /** Has so many runs run, more than there were; resolves when they have ended, or hang. */
  async run(count: number): Promise<void> {
    const { deadline, clients = 2, atOnce = 20, every = 200 } = this.options;
    const all = Array.from({ length: count }, () => ++this.#asked);
    for (let client = 0; client < clients; client++) {
      const numbers = all.filter((number) => number % clients === client);
      this.#startClient({ databaseUrl: this.databaseUrl, numbers, atOnce, every });
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, deadline, 'late')));
    const done = Promise.all(this.#clients.map(({ closed }) => closed));
    if ((await Promise.race([done, late])) === 'late') await this.#noteHanging(all);
    clearTimeout(timer);
  }

  /** Lets everything go. */
  async end(): Promise<void> {
    for (const client of this.#clients) client.child.kill('SIGKILL');
    for (const worker of this.workers) {
      worker.leaving = true;
      worker.child.kill('SIGKILL');
    }
    await Promise.all([...this.#clients, ...this.workers].map(({ closed }) => closed));
    await this.pool.end();
    await this.postgres.stop();
  }

  #startClient(settings: ClientSettings): void {
    const client = processOf(this.#programs.client, settings, (line) => {
      if (line.what === 'error') return this.#note('client', String(line.error));
      if (line.what !== 'ended') return;
      const ended = line as unknown as EndedRun;
      this.ended.push(ended);
      for (const problem of ended.problems) this.problems.push(`${ended.runId}: ${problem}`);
      this.log(`${ended.runId} has ended, ${this.ended.length} of ${this.#asked} ${ended.problems.join('; ')}`);
    });
    this.#clients.push(client);
    void client.closed.then((how) => {
      if (how !== 0 && how !== 'SIGKILL')
        this.problems.push(`a client has ended by itself (${how}): ${client.stderr()}`);
    });
  }

  /** On a busy machine a worker may be so slow that its peers take it for frozen and end its sessions: it loses its runs. */
  #hear({ pid }: ChaosWorker, error: string): void {
    this.#note('worker', error);
    const isOurs = Date.now() - this.restartedAt < RESTART;
    if (isOurs || !error.includes('terminating connection due to administrator command')) return;
    this.losses.push({ pid, at: Date.now() - RESTART, how: 'suspected', runIds: [] });
  }

  #note(who: string, error: string): void {
    const what = `${who}: ${error.split('\n', 1)[0]}`;
    this.errors.set(what, (this.errors.get(what) ?? 0) + 1);
  }

  async #noteHanging(all: readonly number[]): Promise<void> {
    const over = new Set(this.ended.map(({ runId }) => runId));
    for (const runId of all.map((number) => `chaos-${number}`).filter((id) => !over.has(id))) {
      const { rows } = await this.pool.query<object>(
        `SELECT r.status, s.status AS dbos, s.executor_id, s.recovery_attempts, s.queue_name,
          (SELECT max(last_seq) FROM stepstream.events e WHERE e.run_id = r.run_id) AS seq,
          (SELECT epoch FROM stepstream.epochs e WHERE e.run_id = r.run_id) AS epoch,
          (SELECT string_agg(function_name, ' ' ORDER BY function_id) FROM dbos.operation_outputs o WHERE o.workflow_uuid = r.run_id) AS steps
        FROM stepstream.runs r LEFT JOIN dbos.workflow_status s ON s.workflow_uuid = r.run_id WHERE r.run_id = $1`,
        [runId],
      );
      this.problems.push(`${runId} hangs: ${JSON.stringify(rows[0])}`);
    }
  }
}
