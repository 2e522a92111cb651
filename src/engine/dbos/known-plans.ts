import type pg from 'pg';
import { MisuseError } from '../../errors/misuse-error.js';
import { newestFingerprint } from '../postgres/keep-pipelines.js';

/** The plans that workers of a database have had. */
export class KnownPlans {
  readonly #pool: pg.Pool;
  /** What was there once is there for ever. */
  readonly #seen = new Set<string>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The plan that a run gets: that of the class, or the newest of the name. Throws if there was never a worker for it. */
  async fingerprintFor({
    name,
    fingerprint,
  }: {
    readonly name: string;
    readonly fingerprint?: string;
  }): Promise<string> {
    if (fingerprint !== undefined && this.#seen.has(`${name}@${fingerprint}`)) return fingerprint;
    const newest = await newestFingerprint(this.#pool, name);
    if (newest === undefined)
      throw noSuchPipeline(
        name,
        'Look at the name and at the databaseUrl, or start a worker with that pipeline first.',
      );
    if (fingerprint === undefined) return newest;
    if (!(await this.#has(name, fingerprint))) throw noSuchPlan(name, fingerprint, newest);
    this.#seen.add(`${name}@${fingerprint}`);
    return fingerprint;
  }

  async #has(name: string, fingerprint: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      'SELECT FROM stepstream.pipelines WHERE name = $1 AND fingerprint = $2',
      [name, fingerprint],
    );
    return rowCount !== 0;
  }
}

/** A name that no worker of the database has had. */
export const noSuchPipeline = (name: string, remedy: string): MisuseError =>
  new MisuseError({
    code: 'NO_SUCH_PIPELINE',
    message: `No worker has ever had a pipeline of the name "${name}".`,
    remedy,
  });

const noSuchPlan = (name: string, fingerprint: string, newest: string): MisuseError =>
  new MisuseError({
    code: 'NO_SUCH_PLAN',
    message: `No worker has ever had this plan of "${name}": its class here has the fingerprint ${fingerprint}, the newest of a worker has ${newest}.`,
    remedy: 'Start a worker with this version of the class before what starts its runs, or start it by its name.',
  });
